//! Published measurements of chips beside what the emulator predicts with the embedded profiles.
//!
//! A case builds the network that was measured, or the nearest one that is public, emulates it
//! and prices it; nothing in a profile is fitted to a case unless its row says so. What was
//! not published, firing rates above all, is swept over one range for all cases (`RATES`).
//!
//! ```
//! use spikemesh::validate::{Files, cases};
//!
//! // Networks that are not part of the program: each case, with the first file that it lacks.
//! let files = Files { networks: Some("nowhere".as_ref()), recordings: None };
//! let absent = files.absent();
//! assert!(!absent.is_empty() && absent.len() < cases());
//! ```

mod accounting;
mod drivers;
mod emulate;
mod implied;
mod loihi;
mod network;
mod odin;
mod speck;
mod spinnaker;
mod truenorth;
mod xylo;

use crate::encode::labelled;
use crate::energy::Band;
use crate::{import, pipeline, profile};
use network::Rate;
use std::path::{Path, PathBuf};

/// All cases, in the order of the report.
const CASES: [fn() -> Result<Case, Error>; 21] = [
    odin::power,
    truenorth::sweep,
    truenorth::voltage::case,
    truenorth::applications,
    loihi::chip::silent,
    loihi::chip::idle,
    loihi::lsnn::case,
    loihi::quartz::case,
    loihi::ntidigits::case,
    loihi::blouw::slope,
    loihi::blouw::keywords,
    loihi::pilotnet::case,
    spinnaker::board,
    spinnaker::sharp,
    speck::latency,
    speck::power::case,
    xylo::cycles,
    xylo::power,
    accounting::neurobench,
    accounting::keras_chips,
    accounting::keras_devices,
];

/// Cases of networks that are not part of the program.
const FROM_FILES: [FromFiles; 2] = [loihi::nxtf::CASE, speck::recorded::CASE];

/// A case whose network lies in files.
struct FromFiles {
    /// As [`Case::name`].
    name: &'static str,
    /// The files, all of which it needs; `None` where their folders are not known.
    needs: fn(&Files) -> Option<Vec<PathBuf>>,
    /// The case, of these files.
    case: fn(&[PathBuf]) -> Result<Case, Error>,
}

/// Folders of what is not part of the program, where they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a> {
    /// Published networks.
    pub networks: Option<&'a Path>,
    /// Recordings of an event camera, with `test.csv` of files and labels.
    pub recordings: Option<&'a Path>,
}

impl Files<'_> {
    /// Cases that the folders were named for, each with the first of its files that is not there.
    pub fn absent(&self) -> Vec<(&'static str, PathBuf)> {
        let absent = |from: &FromFiles| {
            let needs = (from.needs)(self)?;
            Some((from.name, needs.into_iter().find(|path| !path.is_file())?))
        };
        FROM_FILES.iter().filter_map(absent).collect()
    }
}

impl FromFiles {
    /// `None` where not all is there.
    fn run(&self, files: &Files) -> Result<Option<Case>, Error> {
        let needs = (self.needs)(files).filter(|needs| needs.iter().all(|path| path.is_file()));
        needs.map(|needs| (self.case)(&needs)).transpose()
    }
}

/// Firing rates where none was published, in spikes per neuron and step: 1 % for the low end of a
/// prediction, 20 % for the high end, and between them 4.5 %, their geometric mean.
const RATES: [Rate; 3] = [Rate::new(1, 100), Rate::new(9, 200), Rate::new(1, 5)];

/// How much a row can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The profile was made from this measurement: only the way from costs to a figure is tested.
    Fitted,
    /// Figures of one source, or an identity: the emulation must give them again.
    Consistency,
    /// No number of the profile comes from this measurement.
    Prediction,
}

/// When a prediction counts as right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Nominal within this many percent of the measurement.
    Tolerance(f64),
    /// The measurement lies between low and high: all that can be asked where firing rates are
    /// unknown.
    Bracket,
    /// Not judged: it shows what another choice gives.
    Beside,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Within the tolerance.
    Hit,
    /// Outside the tolerance, or outside the bracket.
    Miss,
    /// Inside the bracket.
    Band,
    /// Inside the bracket, which is too wide to say anything.
    NoPrediction,
    /// Not judged.
    Beside,
}

/// A bracket whose high end is this many times its low end predicts nothing.
const WIDEST: f64 = 4.0;

/// One published measurement and how it was predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Short, unique.
    pub name: &'static str,
    /// Name for reports.
    pub title: &'static str,
    /// The network that was emulated.
    pub network: String,
    /// What the prediction takes for granted beyond the profile.
    pub assumptions: &'static str,
    /// What the result says, and what the measurement holds that the emulation does not.
    pub remark: &'static str,
    /// Its figures.
    pub rows: Vec<Row>,
    /// Of measurements that nobody can predict, what they would mean: a sentence each.
    pub implied: Vec<String>,
    /// What a figure is too short for: a sentence each.
    pub notes: Vec<String>,
}

/// One figure of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What kind of figure it is.
    pub kind: Kind,
    /// Profile whose costs were taken; `none` where none is needed.
    pub profile: String,
    /// What was measured.
    pub quantity: String,
    /// Unit of `measured` and `predicted`.
    pub unit: &'static str,
    /// The published figure.
    pub measured: f64,
    /// How far the measurement may lie from that, because of the digits its source prints; 0: not
    /// known to matter.
    pub measured_within: f64,
    /// Where `RATES` are swept, low and high are those of the lowest and highest rate.
    pub predicted: Band,
    /// What the prediction has to meet.
    pub test: Test,
    /// Who published the measurement; begins with `unverified` where that is from memory.
    pub source: &'static str,
    /// What the prediction would be if one of its inputs alone were at its low or high end; those
    /// that move it most come first.
    pub drivers: Vec<Driver>,
}

/// One input of a prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Driver {
    /// Name of the input.
    pub name: String,
    /// The figure with this input at its low and its high end.
    pub low: f64,
    /// The figure with this input at its high end.
    pub high: f64,
}

/// Why a case could not be emulated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A profile cannot be read.
    #[error(transparent)]
    Profile(#[from] profile::Error),
    /// A case cannot be emulated.
    #[error(transparent)]
    Emulation(#[from] pipeline::Error),
    /// A network of a case cannot be read.
    #[error(transparent)]
    Network(#[from] import::Error),
    /// Pictures of a case cannot be read.
    #[error(transparent)]
    Pictures(#[from] labelled::Error),
    /// A path that is no folder.
    #[error("{} is no folder; check the name, or leave it out", path.display())]
    NoFolder {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file without recorded spikes.
    #[error(
        "{} holds no recorded spikes [1, recordings, 16, 16, 16] of 4-byte floats; take the file \
         of the NIR paper",
        path.display()
    )]
    Recorded {
        /// The file or folder.
        path: PathBuf,
    },
}

/// Emulates every case, those whose networks lie in `files` after the others; `progress` hears of
/// each when it is done.
///
/// # Errors
/// A profile does not load, or does not take a case's network; what is there is damaged; `files`
/// names what is no folder.
pub fn run(files: &Files, mut progress: impl FnMut()) -> Result<Vec<Case>, Error> {
    let folders = [files.networks, files.recordings];
    if let Some(path) = folders.into_iter().flatten().find(|path| !path.is_dir()) {
        return Err(Error::NoFolder { path: path.to_owned() });
    }
    let own = CASES.iter().map(|case| case().map(Some));
    let others = FROM_FILES.iter().map(|case| case.run(files));
    own.chain(others).inspect(|_| progress()).filter_map(Result::transpose).collect()
}

/// Number of cases that [`run`] emulates at most.
pub fn cases() -> usize {
    CASES.len() + FROM_FILES.len()
}

impl Row {
    /// Nothing is known of the digits of the measurement, nor of what moves the prediction.
    fn plain(
        kind: Kind,
        profile: &str,
        (quantity, unit): (String, &'static str),
        measured: f64,
        predicted: Band,
        test: Test,
        source: &'static str,
    ) -> Row {
        Row {
            kind,
            profile: profile.to_owned(),
            quantity,
            unit,
            measured,
            measured_within: 0.0,
            predicted,
            test,
            source,
            drivers: vec![],
        }
    }

    /// Deviation of the nominal prediction from the measurement, in percent.
    pub fn error_percent(&self) -> f64 {
        100.0 * (self.predicted.nominal / self.measured - 1.0)
    }

    /// Whether the measurement was looked up, not remembered.
    pub fn is_verified(&self) -> bool {
        !self.source.starts_with("unverified")
    }

    /// Whether the prediction meets the measurement.
    pub fn verdict(&self) -> Verdict {
        let Band { low, high, .. } = self.predicted;
        let (measured, within) = (self.measured, self.measured_within);
        let inside = low <= measured + within && measured - within <= high;
        match self.test {
            Test::Tolerance(percent) if self.error_percent().abs() <= percent => Verdict::Hit,
            Test::Beside => Verdict::Beside,
            Test::Bracket if inside && high > WIDEST * low => Verdict::NoPrediction,
            Test::Bracket if inside => Verdict::Band,
            _ => Verdict::Miss,
        }
    }
}

impl Kind {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Fitted => "fitted",
            Kind::Consistency => "consistency",
            Kind::Prediction => "prediction",
        }
    }
}

impl Verdict {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Hit => "hit",
            Verdict::Miss => "miss",
            Verdict::Band => "band",
            Verdict::NoPrediction => "no prediction",
            Verdict::Beside => "beside",
        }
    }
}
