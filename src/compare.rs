//! A spiking network beside GPUs and other devices, under every way of counting that is in use.
//!
//! Each accounting is a file of its own and gives rows for both sides; none is left out, because
//! which side wins depends on it. `docs/energy.md` has the equations and their critics.
//!
//! ```
//! use spikemesh::compare::{Workload, rows};
//! use spikemesh::{ann, baseline, import};
//!
//! let graph = import::load("assets/networks/digit-256.onnx".as_ref())?;
//! let workload = Workload { name: "digit-256".into(), work: ann::count::count(&graph) };
//! let devices = baseline::load_list("titan-x,jetson-orin")?;
//! let rows = rows(&workload, &[], &[], &devices);
//! assert!(rows.iter().any(|row| row.system == "jetson-orin" && row.ratio > Some(1.0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arithmetic;
mod bill;
mod figures;
mod memory;
mod operations;
pub mod published;
mod shape;
mod spiking;

pub use arithmetic::{AC_PJ, MAC_PJ};
pub use figures::{BAND, Measure, measures, quantised_bits};
pub use memory::sram_pj;
pub use shape::{RATES, Rate, shape};
pub use spiking::{Inference, Spiking};

use crate::ann::count::Work;
use crate::baseline::Baseline;
use crate::energy::Band;

/// One way of counting joules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Accounting {
    /// Operations / (operations per joule), as Spiking-YOLO was compared.
    Paper,
    /// Every operation x its price on the chip.
    Operations,
    /// Additions against multiply-accumulates at 45 nm.
    Arithmetic,
    /// Arithmetic and the memory that it reads and writes.
    Memory,
    /// Everything that the emulator bills, against power x time.
    Bill,
}

impl Accounting {
    /// All of them, in the order of the tables.
    pub const ALL: [Accounting; 5] = [
        Accounting::Paper,
        Accounting::Operations,
        Accounting::Arithmetic,
        Accounting::Memory,
        Accounting::Bill,
    ];

    /// The word in `compare.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Accounting::Paper => "paper",
            Accounting::Operations => "sop",
            Accounting::Arithmetic => "45nm",
            Accounting::Memory => "memory",
            Accounting::Bill => "bill",
        }
    }
}

/// Which side of the comparison a system is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A spiking network on a chip.
    Spiking,
    /// The float network on a device.
    Baseline,
    /// The float network with activations of as many bits as the spiking one resolves.
    Quantised,
}

impl Kind {
    /// The word in `compare.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Spiking => "spiking",
            Kind::Baseline => "baseline",
            Kind::Quantised => "quantised",
        }
    }
}

/// One system under one accounting, per inference.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Name of the chip or device.
    pub system: String,
    /// Which side it is on.
    pub kind: Kind,
    /// `None` for a chip that refuses the network.
    pub accounting: Option<Accounting>,
    /// What the energy contains; rows of one scope are compared first.
    pub scope: String,
    /// Picojoules; `None` where `source` says why there is no figure.
    pub energy_pj: Option<Band>,
    /// Picoseconds, where this accounting knows a time.
    pub latency_ps: Option<Band>,
    /// What was counted: synaptic operations, or multiply-accumulates.
    pub operations: Option<f64>,
    /// Energy of the first baseline / energy of this row, both nominal; above 1 this row takes
    /// less.
    pub ratio: Option<f64>,
    /// How the figure came about.
    pub basis: String,
    /// Where its prices come from, or why there is no figure.
    pub source: String,
}

/// What a device has to do for one inference: the float network, or the steps of one that spikes
/// already.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Name of the network.
    pub name: String,
    /// Its multiply-accumulates and weights.
    pub work: Work,
}

/// What one accounting says of one system.
struct Line {
    scope: String,
    energy_pj: Option<Band>,
    latency_ps: Option<Band>,
    operations: Option<f64>,
    basis: String,
    source: String,
}

impl Line {
    fn row(self, system: &str, kind: Kind, accounting: Accounting) -> Row {
        let Line { scope, energy_pj, latency_ps, operations, basis, source } = self;
        let accounting = Some(accounting);
        let system = system.to_owned();
        Row {
            system,
            kind,
            accounting,
            scope,
            energy_pj,
            latency_ps,
            operations,
            ratio: None,
            basis,
            source,
        }
    }

    /// A line without a figure.
    fn nothing(scope: &str, reason: String) -> Line {
        Line {
            scope: scope.into(),
            energy_pj: None,
            latency_ps: None,
            operations: None,
            basis: "none".into(),
            source: reason,
        }
    }
}

/// A chip that did not take the network, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Name of the chip.
    pub system: String,
    /// Why it refuses the network.
    pub reason: String,
}

/// Every system under every accounting, by accounting; ratios are to the first baseline.
pub fn rows(
    workload: &Workload,
    spiking: &[Spiking],
    refused: &[Refused],
    baselines: &[Baseline],
) -> Vec<Row> {
    let mut rows: Vec<Row> = refused.iter().map(refusal).collect();
    for accounting in Accounting::ALL {
        for chip in spiking {
            let lines = of_spiking(accounting, chip);
            rows.extend(
                lines.into_iter().map(|line| line.row(&chip.system, Kind::Spiking, accounting)),
            );
        }
        for device in baselines {
            let lines = of_baseline(accounting, workload, device);
            rows.extend(
                lines.into_iter().map(|line| line.row(&device.name, Kind::Baseline, accounting)),
            );
        }
        rows.extend(quantised(accounting, workload, spiking));
    }
    if let Some(first) = baselines.first() {
        set_ratios(&mut rows, &first.name);
    }
    rows
}

fn refusal(refused: &Refused) -> Row {
    Row {
        system: refused.system.clone(),
        kind: Kind::Spiking,
        accounting: None,
        scope: "refused".into(),
        energy_pj: None,
        latency_ps: None,
        operations: None,
        ratio: None,
        basis: "none".into(),
        source: refused.reason.clone(),
    }
}

fn of_spiking(accounting: Accounting, chip: &Spiking) -> Vec<Line> {
    let mut lines = match accounting {
        Accounting::Paper => operations::paper_of_spiking(chip),
        Accounting::Operations => vec![operations::of_spiking(chip)],
        Accounting::Arithmetic => arithmetic::of_spiking(chip),
        Accounting::Memory => vec![memory::of_spiking(chip)],
        Accounting::Bill => bill::of_spiking(chip),
    };
    for line in lines.iter_mut().filter(|line| chip.unverified && line.energy_pj.is_some()) {
        line.basis.push_str(" + memory (unverified)");
    }
    lines
}

fn of_baseline(accounting: Accounting, workload: &Workload, device: &Baseline) -> Vec<Line> {
    match accounting {
        Accounting::Paper => operations::paper_of_baseline(workload, device),
        Accounting::Operations => vec![operations::of_baseline(workload, device)],
        Accounting::Arithmetic => arithmetic::of_baseline(workload),
        Accounting::Memory => vec![memory::of_baseline(workload, device)],
        Accounting::Bill => vec![bill::of_baseline(workload, device)],
    }
}

/// The float network with as few bits as each number of steps among `spiking` resolves; none for a
/// network that was never anything else than spiking.
fn quantised(accounting: Accounting, workload: &Workload, spiking: &[Spiking]) -> Vec<Row> {
    if workload.work.passes > 1 {
        return vec![];
    }
    let mut bits: Vec<u32> = spiking.iter().map(|chip| quantised_bits(chip.steps)).collect();
    bits.sort_unstable();
    bits.dedup();
    let line = |bits: u32| {
        let line = match accounting {
            Accounting::Arithmetic => arithmetic::of_quantised(workload, bits),
            Accounting::Memory => memory::of_quantised(workload, bits),
            // No device, hence no price, no power and no time.
            _ => return None,
        };
        Some(line.row(&format!("quantised ANN, 8 x {bits} bits"), Kind::Quantised, accounting))
    };
    bits.into_iter().filter_map(line).collect()
}

/// The row of `system` that stands against one of `accounting` and `scope`: of the same scope, or
/// else its first that has an energy. Arithmetic of different precisions is never compared.
pub fn opposite<'a>(
    rows: &'a [Row],
    system: &str,
    accounting: Option<Accounting>,
    scope: &str,
) -> Option<&'a Row> {
    let own = || {
        let of_system =
            rows.iter().filter(move |row| row.system == system && row.accounting == accounting);
        of_system.filter(|row| row.energy_pj.is_some())
    };
    let same = own().find(|row| row.scope == scope);
    if accounting == Some(Accounting::Arithmetic) { same } else { same.or_else(|| own().next()) }
}

/// Nominal energy of `theirs` / nominal energy of `own`; `None` where one is unknown or nothing.
pub fn ratio(theirs: &Row, own: &Row) -> Option<f64> {
    let [theirs, own] = [theirs.energy_pj?.nominal, own.energy_pj?.nominal];
    (own > 0.0 && theirs > 0.0).then(|| theirs / own)
}

fn set_ratios(rows: &mut [Row], baseline: &str) {
    let ratios: Vec<Option<f64>> = rows
        .iter()
        .map(|row| ratio(opposite(rows, baseline, row.accounting, &row.scope)?, row))
        .collect();
    rows.iter_mut().zip(ratios).for_each(|(row, ratio)| row.ratio = ratio);
}

/// Names of several bases, each once, from best to worst.
fn joined(bases: impl IntoIterator<Item = crate::baseline::Basis>) -> String {
    let mut bases: Vec<_> = bases.into_iter().collect();
    bases.sort_unstable();
    bases.dedup();
    bases.iter().map(|basis| basis.name()).collect::<Vec<_>>().join(" + ")
}
