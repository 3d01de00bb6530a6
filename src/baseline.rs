//! What a spiking network is compared with: GPUs, edge devices and processors, read from TOML.
//!
//! A [`Baseline`] holds what was published about a device, each [`Figure`] with its basis and
//! source. What it costs to run a network on one is for `compare`.
//!
//! ```
//! let device = spikemesh::baseline::load("jetson-orin")?;
//! assert!(device.power_w.low <= device.power_w.nominal && !device.power_w.source.is_empty());
//! # Ok::<(), spikemesh::baseline::Error>(())
//! ```

mod embedded;
mod load;
mod raw;

pub use load::{Error, load, load_list, names};

use serde::Deserialize;

/// A device and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// File stem, the name on the command line.
    pub name: String,
    /// Name of the device, for reports.
    pub title: String,
    /// What kind of device it is.
    pub kind: Kind,
    /// How far the numbers can be trusted, in a sentence or two.
    pub trust: String,
    /// Watts while it works.
    pub power_w: Figure,
    /// Kilobytes of 1024 bytes that stay on the chip; `None` where nothing is known.
    pub on_chip_kb: Option<Figure>,
    /// Share of the peak, 0 to 1, where no rate was published; `None` only without peaks.
    pub utilisation: Option<Figure>,
    /// The first is the one that counts where only one can.
    pub peaks: Vec<Peak>,
    /// Measured throughputs of networks.
    pub rates: Vec<Rate>,
}

/// What kind of device a baseline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A graphics processor.
    Gpu,
    /// A module for embedded use.
    Edge,
    /// A chip for neural networks alone.
    Accelerator,
    /// A general processor.
    Cpu,
}

/// Form of the numbers that are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Floats of 32 bits.
    Fp32,
    /// Floats of 16 bits.
    Fp16,
    /// Whole numbers of 8 bits.
    Int8,
    /// Whole numbers of 4 bits.
    Int4,
}

/// Operations per second at most; a multiply-accumulate counts two.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// Form of the numbers that are multiplied.
    pub precision: Precision,
    /// Thousand million operations per second.
    pub gops: Figure,
}

/// How often per second a device ran a certain network.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// Name of the network that ran.
    pub network: String,
    /// Form of the numbers that were multiplied.
    pub precision: Precision,
    /// Inputs at a time; 0 where that was not published.
    pub batch: u64,
    /// Multiply-accumulates of that network; `None` where unknown, and then it says nothing of
    /// others.
    pub macs: Option<Figure>,
    /// Inferences per second.
    pub per_second: Figure,
    /// Watts during this measurement, where they differ from those of the device.
    pub power_w: Option<Figure>,
}

/// `low <= nominal <= high`, in the unit of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Least plausible value.
    pub low: f64,
    /// Most plausible value.
    pub nominal: f64,
    /// Largest plausible value.
    pub high: f64,
    /// How the figure came about.
    pub basis: Basis,
    /// Who says so, and where.
    pub source: String,
}

/// How a figure came about, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// On the device itself.
    Measured,
    /// By its makers or by others, looked up for this project.
    Published,
    /// Arithmetic on figures that the source names.
    Derived,
    /// Chosen for this project, without a source for this device.
    Assumed,
    /// Quoted from memory; nobody looked it up.
    Memory,
}

impl Basis {
    /// The words in reports; those of figures from memory say that they are unverified.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Measured => "measured",
            Basis::Published => "published",
            Basis::Derived => "derived",
            Basis::Assumed => "assumed",
            Basis::Memory => "memory (unverified)",
        }
    }
}

impl Precision {
    /// The word in TOML and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Precision::Fp32 => "fp32",
            Precision::Fp16 => "fp16",
            Precision::Int8 => "int8",
            Precision::Int4 => "int4",
        }
    }

    /// Bits of one number.
    pub fn bits(self) -> u32 {
        match self {
            Precision::Fp32 => 32,
            Precision::Fp16 => 16,
            Precision::Int8 => 8,
            Precision::Int4 => 4,
        }
    }
}
