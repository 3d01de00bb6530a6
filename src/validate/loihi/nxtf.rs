//! MNIST on the network of the NxTF compiler's tutorial: its own weights, its pictures, its cores.

use super::super::{Case, Driver, Error, Files, FromFiles, Kind, Row, Test, drivers};
use crate::convert::Recipe;
use crate::encode::labelled;
use crate::energy::Band;
use crate::import::mapping_file::{BlockRow, MappingFile};
use crate::import::{self, Imported, Options};
use crate::mapping::Placement;
use crate::pipeline::{self, Feed, Sample, Settings, Stimulus, Timing};
use crate::profile::{self, Encoding, Phases, Profile, ZeroWeights};
use std::path::{Path, PathBuf};

const STEPS: usize = 512;

/// Of the pictures whose time was published: their numbers, and microseconds a step.
const MEASURED: [(usize, f64); 5] = [(0, 49.9), (1, 60.9), (2, 38.7), (3, 76.5), (4, 54.8)];

const SOURCE: &str =
    "Intel notebook on the NxTF tutorial network: spiking phase of a step, by picture";

/// Layers as the compiler cut them: pixels on 1 core, strips of 3 columns, groups of 5 and of 22
/// channels, classes on 1.
fn blocks() -> MappingFile {
    let mut rows = vec![block("pixels", [0; 3], [27, 27, 0])];
    rows.extend((0..12).step_by(3).map(|x| block("if1", [0, x, 0], [11, x + 2, 15])));
    rows.extend((0..32).step_by(5).map(|c| block("if2", [0, 0, c], [9, 9, (c + 4).min(31)])));
    rows.extend((0..64).step_by(22).map(|c| block("if3", [0, 0, c], [3, 3, (c + 21).min(63)])));
    rows.push(block("classes", [0; 3], [0, 0, 9]));
    MappingFile { path: "nxtf".into(), rows }
}

fn block(layer: &str, first: [usize; 3], last: [usize; 3]) -> BlockRow {
    BlockRow { line: 0, layer: layer.into(), first, last, core: None, place: None }
}

/// The network with its pictures, where they were found.
struct Tutorial {
    network: Imported,
    /// By place in [`MEASURED`].
    pictures: Vec<Vec<f64>>,
}

impl Tutorial {
    fn open(network: &Path, images: &Path) -> Result<Tutorial, Error> {
        let (network, _) = import::open_with(network, &Options::default())?;
        let picture = |&(number, _): &(usize, f64)| {
            let grey = labelled::element(images, number)?;
            Ok(grey.pixels.iter().map(|&pixel| f64::from(pixel)).collect())
        };
        let pictures = MEASURED.iter().map(picture).collect::<Result<_, Error>>()?;
        Ok(Tutorial { network, pictures })
    }

    /// Microseconds of a step, by picture.
    fn times(&self, profile: &Profile, timing: Timing) -> Result<Vec<Band>, Error> {
        let settings = Settings {
            steps: STEPS,
            timing,
            idealised: false,
            record_spikes: false,
            seed: 0,
            conversion: Recipe::parse("delivery=unbalanced").map_err(pipeline::Error::from)?,
            split: vec![],
            placement: Placement::Mapped(blocks()),
            placement_steps: 0,
            probes: vec![],
            feed: Feed::Constant,
            command: String::new(),
        };
        let network = self.network.clone();
        let prepared = pipeline::prepare(network, profile.clone(), settings, &[][..])?;
        let time = |picture: &Vec<f64>| {
            let stimulus = Stimulus::Image(picture.clone());
            let sample = Sample::of(String::new(), String::new(), stimulus);
            let outcome = prepared.emulate(Some(&sample), || ())?;
            Ok(Band::from(outcome.activity.time()) * (1e-6 / STEPS as f64))
        };
        self.pictures.iter().map(time).collect()
    }
}

/// A chip with other choices than its profile's, and what they are called.
struct Choice {
    profile: &'static str,
    encoding: Encoding,
    /// Where it is not what the encoding says.
    zeros: Option<ZeroWeights>,
    phases: Option<Phases>,
    timing: Timing,
    words: &'static str,
}

const SPARSE: Choice = Choice {
    profile: "loihi1-sanafe",
    encoding: Encoding::Sparse,
    zeros: None,
    phases: None,
    timing: Timing::Event,
    words: "sparse",
};

/// What stands beside.
const OTHERS: [Choice; 6] = [
    Choice { timing: Timing::Analytic, words: "sparse, analytic timing", ..SPARSE },
    Choice { zeros: Some(ZeroWeights::Cost), words: "sparse, zeros cost too", ..SPARSE },
    Choice { phases: Some(Phases::Overlap), words: "sparse, phases overlap", ..SPARSE },
    Choice { encoding: Encoding::Dense, words: "dense", ..SPARSE },
    Choice { encoding: Encoding::Conv, words: "convolution", ..SPARSE },
    Choice { profile: "loihi1-davies2018", words: "one class of synapses", ..SPARSE },
];

impl Choice {
    fn on_chip(&self) -> Result<Profile, Error> {
        let mut profile = profile::load(self.profile)?;
        profile.capabilities.encoding = self.encoding;
        profile.capabilities.zero_weights = self.zeros.or(profile.capabilities.zero_weights);
        profile.clock.phases = self.phases.unwrap_or(profile.clock.phases);
        Ok(profile)
    }

    fn row(&self, quantity: String, measured: f64, predicted: Band, test: Test) -> Row {
        let quantity = (quantity, "us");
        Row::plain(Kind::Prediction, self.profile, quantity, measured, predicted, test, SOURCE)
    }

    fn mean(&self, times: &[Band], test: Test) -> Row {
        let measured = MEASURED.iter().map(|(_, time)| time).sum::<f64>() / MEASURED.len() as f64;
        let quantity = format!("step, mean of five pictures, {}", self.words);
        self.row(quantity, measured, Band::mean(times.iter().copied()), test)
    }
}

/// What each choice alone makes of the mean, from the rows of [`OTHERS`].
fn moved(mean: f64, others: &[Row]) -> Vec<Driver> {
    let [analytic, overlap, dense, conv, table] = others else { return vec![] };
    let choices = [
        ("encoding", [dense, conv].iter().map(|row| row.predicted.nominal).fold(mean, f64::min)),
        ("phases of a core", overlap.predicted.nominal),
        ("timing", analytic.predicted.nominal),
        ("table of costs", table.predicted.nominal),
    ];
    let driver = |(name, other): (&str, f64)| Driver {
        name: name.into(),
        low: other.min(mean),
        high: other.max(mean),
    };
    drivers::sorted(choices.into_iter().map(driver).collect())
}

pub(in super::super) const CASE: FromFiles = FromFiles { name: NAME, needs, case };

const NAME: &str = "loihi-nxtf";

fn needs(files: &Files) -> Option<Vec<PathBuf>> {
    let folder = files.networks?.join("nxtf-mnist");
    Some(["nxtf_mnist.nir", "images_u8.npy"].map(|name| folder.join(name)).into())
}

/// Of the network and its pictures, as [`needs`] has them.
fn case(files: &[PathBuf]) -> Result<Case, Error> {
    let tutorial = Tutorial::open(&files[0], &files[1])?;
    let times = tutorial.times(&SPARSE.on_chip()?, SPARSE.timing)?;
    let mut rows: Vec<Row> = (MEASURED.iter().zip(&times))
        .map(|(&(number, measured), &time)| {
            let quantity = format!("step, picture {number}, sparse");
            SPARSE.row(quantity, measured, time, Test::Tolerance(12.0))
        })
        .collect();
    let mean = SPARSE.mean(&times, Test::Tolerance(6.0));
    let mut others = vec![];
    for other in OTHERS {
        let times = tutorial.times(&other.on_chip()?, other.timing)?;
        others.push(other.mean(&times, Test::Beside));
    }
    let drivers = moved(mean.predicted.nominal, &others);
    rows.push(Row { drivers, ..mean });
    rows.extend(others);
    Ok(Case {
        name: NAME,
        title: "Loihi 1, MNIST on a convolutional network (NxTF)",
        network: format!(
            "the tutorial's own network (nxtf_mnist.nir, SHA-256 {}) on five of its pictures, \
             {STEPS} steps, on the 16 cores that its compiler printed",
            &tutorial.network.sha256[..16]
        ),
        assumptions: "Synapses are stored as `sparse`, which the notebook states. The chip's tiles \
                      are taken in order. Nothing is injected during the phase that was measured.",
        remark: "Nothing was fitted, but one choice was made with these figures in view: \
                 `loihi1-sanafe` lets a core receive after its visits and not beside them \
                 (`clock.phases`). Rows that are not judged show what other choices give. The \
                 processor's management, 3.44 us a step, is beside the phase that was measured.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}
