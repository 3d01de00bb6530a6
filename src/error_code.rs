//! A stable code for every error that a user can meet, such as `E0702`; docs/errors.md explains
//! each of them.
//!
//! All numbers stand in the one table of this file. A variant without a number does not compile,
//! and an error that is not in the table cannot end a command. A number never gets a second
//! meaning: what is removed leaves a gap, what is new takes the next free number of its block.
//!
//! | block | module |
//! |---|---|
//! | `E01xx` | `profile` |
//! | `E02xx` | `import` |
//! | `E03xx` | `detect` |
//! | `E04xx` | `encode` |
//! | `E05xx` | `ann` |
//! | `E06xx` | `convert` |
//! | `E07xx` | `mapping` |
//! | `E08xx` | `engine` |
//! | `E09xx` | `activity` and `energy` |
//! | `E10xx` | `pipeline` |
//! | `E11xx` | `report` |
//! | `E12xx` | `journal` and `tune` |
//! | `E13xx` | `baseline` |
//! | `E14xx` | `export` |
//! | `E20xx` | `cli` |
//!
//! ```
//! use spikemesh::error_code::{Coded, all};
//!
//! let error = spikemesh::profile::load("lohi2").unwrap_err();
//! assert_eq!(error.code().to_string(), "E0101");
//! assert!(all().contains(&error.code()));
//! ```

use crate::{
    activity, ann, baseline, cli, convert, detect, encode, energy, engine, export, import,
};
use crate::{explore, journal, mapping, memory, pipeline, profile, report, sweep, tune, validate};
use std::fmt;

/// The number of an error, shown as `E0702`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:04}", self.0)
    }
}

/// An error with a code.
pub trait Coded: std::error::Error + Send + Sync + 'static {
    /// Its code; what only passes another error on has the code of that.
    fn code(&self) -> Code;

    /// The text that it points at, if it points at one.
    fn place(&self) -> Option<&dyn miette::Diagnostic> {
        None
    }
}

/// Makes [`Coded`] and [`all`] from a table: `Variant = number` is an error of its own; behind the
/// semicolon, `Variant { field }` passes on the error in that field.
macro_rules! codes {
    ($($error:ty {
        $($own:ident = $number:literal),* $(; $($outer:ident { $inner:tt }),*)?
    })*) => {
        $(impl Coded for $error {
            fn code(&self) -> Code {
                match self {
                    $(Self::$own { .. } => Code($number),)*
                    $($(Self::$outer { $inner: inner, .. } => inner.code(),)*)?
                }
            }

            fn place(&self) -> Option<&dyn miette::Diagnostic> {
                match self {
                    $(Self::$own { .. } => None,)*
                    $($(Self::$outer { $inner: inner, .. } => inner.place(),)*)?
                }
            }
        })*

        /// Every code, from the lowest to the highest.
        pub fn all() -> Vec<Code> {
            let mut all = vec![INVALID, MEMORY, $($(Code($number),)*)*];
            all.sort_unstable();
            all
        }
    };
}

/// A fault in a TOML file of a profile or a baseline.
const INVALID: Code = Code(103);
/// Tensors that do not fit into memory.
const MEMORY: Code = Code(503);

impl Coded for profile::Invalid {
    fn code(&self) -> Code {
        INVALID
    }

    fn place(&self) -> Option<&dyn miette::Diagnostic> {
        Some(self)
    }
}

impl Coded for memory::TooMuch {
    fn code(&self) -> Code {
        MEMORY
    }
}

codes! {
    profile::Error {
        Unknown = 101, Read = 102;
        Invalid { 0 }
    }
    import::Error {
        Io = 201, Decode = 202, Invalid = 203, Unsupported = 204, Node = 205, Darknet = 206;
        Csv { 0 }, Converted { 0 }
    }
    import::csv_network::Error {
        Open = 211, Csv = 212, UnknownColumn = 213, RepeatedColumn = 214, MissingColumn = 215,
        UnknownModel = 216, BadValue = 217, IdOrder = 218, IdRange = 219, StepZero = 220,
        NotAnInput = 221, RepeatedInput = 222, WrongCore = 223, NoEffect = 224, HalfPlaced = 225;
        Memory { source }
    }
    detect::Error {
        Description = 301, UnknownOutput = 302, UnusedOutput = 303, HeadShape = 304, Values = 305,
        ClassOutputs = 306, ClassNames = 307, SharedOutput = 308;
        Input { 0 }
    }
    detect::DatasetError {
        Io = 311, Image = 312, Layout = 313, Broken = 314, MissingImage = 315,
        MissingAnnotation = 316, NoBoxes = 317, NoSharedClass = 318,
        Outside = 319;
        Picture { 0 }, Recording { 0 }
    }
    encode::Error {
        Io = 401, Image = 402, Unsupported = 403, EmptyFolder = 404, Npy = 405, Array = 406,
        NotFinite = 407, Size = 408, Channels = 409, Colour = 410, Detector = 411,
        UnknownNetwork = 412, Foreign = 413, Mixed = 414, NoDescription = 415, Events = 416;
        Element { 0 }
    }
    encode::events::Error {
        Io = 421, Unknown = 422, NotRead = 423, Damaged = 424, Columns = 425, Value = 426,
        Outside = 427, Frame = 428, Step = 429;
        Memory { source }
    }
    encode::labelled::Error {
        Io = 431, Layout = 432, Damaged = 433, Row = 434, Missing = 435, Count = 436, Labels = 437;
        Recording { 0 }, Picture { 0 }
    }
    ann::exec::Error {
        InputLength = 501, NoNumber = 502
    }
    convert::Error {
        Unsupported = 601, Membrane = 602, Setting = 603, Thresholds = 604, Recipe = 605, Steps = 609,
        Curve = 610,
        Calibration = 606, NotFinite = 607, Ranges = 608;
        Float { 0 }, Memory { source }
    }
    convert::file::FileError {
        Io = 611, Exists = 612, Suffix = 613, Foreign = 614, Version = 615, Damaged = 616,
        Inconsistent = 617, Encode = 618
    }
    convert::spiking::SpikingError {
        Layer = 631, Map = 632, Setting = 633, Input = 634, Thresholds = 635
    }
    convert::ranges::RangesError {
        Io = 621, Foreign = 622, Version = 623, Network = 624, Exists = 625, Suffix = 626
    }
    mapping::Error {
        Refused = 701, Board = 702, File = 703;
        Place { 0 }
    }
    mapping::PlaceError {
        Tile = 821, Core = 822, Chip = 827, Missing = 828, File = 837
    }
    engine::noc::NocError {
        OutsideMesh = 801, TooLarge = 802, EmptyChip = 803, NotSwept = 804, Ring = 805,
        CoreCount = 806, Offsets = 807, Destination = 808, Tree = 809, Grain = 810, Buffers = 811,
        Times = 812, NoProgress = 813
    }
    engine::sparse::Error {
        NoSuchNeuron = 823, Unsorted = 824, Current = 825, Avalanche = 826, Delay = 829,
        DelayRange = 830;
        Place { 0 }, Network { 0 }
    }
    engine::asynchronous::Error {
        Steps = 831, TakesBack = 832, Avalanche = 833, Phases = 834,
        Follows = 835, Lasts = 836;
        Network { 0 }
    }
    activity::Unsound {
        Unequal = 901, More = 902, Overflow = 903
    }
    energy::Unbalanced {
        Unequal = 911, NotFinite = 912
    }
    pipeline::Error {
        Checkpoints = 1001, Trace = 1002, TraceSteps = 1003, TraceRange = 1006, NoInput = 1004,
        Input = 1005, NothingToTime = 1011, NoStepsToTime = 1012, Untimed = 1013;
        Float { 0 }, Memory { source }, Convert { 0 }, Spiking { 0 }, Mapping { 0 }, Placed { 0 }, Packets { 0 }, Asynchronous { 0 },
        Counts { 0 }, Overflow { 0 }, Bill { 0 }, Probe { 0 }
    }
    pipeline::ProbeError {
        Layer = 1007, Neuron = 1008, Input = 1009, Stateless = 1010
    }
    report::Error {
        Exists = 1101, NotOurs = 1102, NoName = 1103, Create = 1104, Write = 1105, NotFinite = 1106,
        Draw = 1107, Read = 1108, NoActivity = 1109, Foreign = 1110, Broken = 1111,
        NoParquet = 1112
    }
    journal::Error {
        Io = 1201, Foreign = 1202, Version = 1203, Other = 1204, Busy = 1205
    }
    tune::SearchError {
        Optimiser = 1211, Known = 1212
    }
    baseline::Error {
        Unknown = 1301, Read = 1302;
        Invalid { 0 }
    }
    export::Error {
        Layer = 1401, Network = 1402, Encode = 1403
    }
    validate::Error {
        NoFolder = 1501, Recorded = 1502; Profile { 0 }, Emulation { 0 }, Network { 0 }, Pictures { 0 }
    }
    sweep::Error {
        Read = 1601, Write = 1602, Spec = 1603, Empty = 1604, Key = 1605, Value = 1606,
        Other = 1607, Version = 1608, NoSweep = 1609, Damaged = 1610, DamagedPlan = 1611,
        NoFolder = 1612, Foreign = 1613, Mixed = 1614
    }
    explore::Error {
        Read = 1701, Spec = 1702, NoMemory = 1703, Start = 1704, Column = 1705, Failed = 1706;
        Results { 0 }, Profile { 0 }, Search { 0 }
    }
    cli::Error {
        Threads = 2001, Output = 2002, Unpack = 2003, Stdin = 2004,
        NoInput = 2011, OwnInputs = 2012, OwnPlacement = 2013, Converted = 2014, NotSplit = 2015,
        NotTrained = 2016, NoFloatNetwork = 2017, OneTrace = 2018, NamesNothing = 2019,
        NoDetectTable = 2020, NoPictures = 2021, SeesNothing = 2022, NothingToScore = 2023,
        Picture = 2024, FewPictures = 2025, NoneToJudge = 2026, PhasesGiven = 2027,
        Checkpoints = 2028, ReportExists = 2029, OtherRanges = 2030, OneHeads = 2031,
        AsGiven = 2032, NoNetwork = 2033, ManyInputs = 2034, MixedInputs = 2035,
        LongRecording = 2036, InputShape = 2037, Unlabelled = 2038,
        Fidelity = 2039, Effectless = 2040,
        AllRefuse = 2041, Refused = 2042, NoTrial = 2043, NoRun = 2044, ForeignLinks = 2045,
        SeveralRuns = 2046, OneNirData = 2047, PlacementFile = 2048, PlaceForTime = 2049,
        NoThresholds = 2050,
        GpuStart = 2051, GpuWait = 2052, GpuLost = 2053, GpuFailed = 2054,
        Processors = 2055, Differ = 2056, PointsMissing = 2057, PointsFailed = 2058,
        NoProcessors = 2059, SetTwice = 2060,
        OtherProfile = 2070, NotDrawn = 2071, OnePlace = 2072,
        Untimed = 2073, AnswerOutputs = 2074, NoBin = 2075;
        Labels { source }, TooManyInputs { error }, Narrow { error }, Advised { error },
        Undescribed { error }, LongStdin { error }, NotNir { error }
    }
}
