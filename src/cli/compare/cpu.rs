//! Seconds, and where the system tells joules, of the float executor on this machine.

use crate::baseline::{Baseline, Basis, Figure, Kind, Precision, Rate};
use crate::cli::Result;
use crate::cli::work::Work;
use crate::compare::Workload;
use crate::report::significant;
use std::path::Path;

/// Timed runs; the median counts.
const RUNS: usize = 5;

/// Microjoules of the first processor package since some moment; wraps.
const COUNTER: &str = "/sys/class/powercap/intel-rapl:0/energy_uj";

/// A sentence about what was measured, and a baseline where energy was.
pub fn measure(work: &Work, workload: &Workload) -> Result<(String, Option<Baseline>)> {
    let before = microjoules(Path::new(COUNTER));
    let start = std::time::Instant::now();
    let mut seconds = work.time_float(RUNS)?;
    let wall = start.elapsed().as_secs_f64();
    let after = microjoules(Path::new(COUNTER));
    seconds.sort_unstable_by(f64::total_cmp);
    let [Some(&fast), Some(&median), Some(&slow)] =
        [seconds.first(), seconds.get(RUNS / 2), seconds.last()]
    else {
        return Ok((
            "CPU of this machine: there is no float network of one pass, nothing was measured."
                .into(),
            None,
        ));
    };
    let time = format!(
        "CPU of this machine: the float network takes {} s in our own executor (median of {RUNS}, \
         {} .. {})",
        significant(median),
        significant(fast),
        significant(slow)
    );
    // A counter that wrapped in between tells nothing.
    let joules = before
        .zip(after)
        .filter(|(before, after)| after > before)
        .map(|(b, a)| (a - b) as f64 * 1e-6);
    let Some(joules) = joules else {
        return Ok((format!("{time}; no energy was measured: {COUNTER} cannot be read."), None));
    };
    let source = "energy counter of the processor package, the whole package, idle not subtracted";
    let power_w = exactly(joules / wall, source);
    let rate = Rate {
        network: workload.name.clone(),
        precision: Precision::Fp32,
        batch: 1,
        macs: Some(exactly(workload.work.macs() as f64, "counted from the network")),
        per_second: Figure {
            low: 1.0 / slow,
            high: 1.0 / fast,
            ..exactly(1.0 / median, "our own float executor")
        },
        power_w: None,
    };
    let fact = format!("{time}, at {} W of the package.", significant(joules / wall));
    let baseline = Baseline {
        name: "measured-cpu".into(),
        title: "CPU of this machine".into(),
        kind: Kind::Cpu,
        trust: fact.clone(),
        power_w,
        on_chip_kb: None,
        utilisation: None,
        peaks: vec![],
        rates: vec![rate],
    };
    Ok((fact, Some(baseline)))
}

fn exactly(value: f64, source: &str) -> Figure {
    Figure {
        low: value,
        nominal: value,
        high: value,
        basis: Basis::Measured,
        source: source.into(),
    }
}

/// `None` where the system has no such counter, or shows it to nobody else than its owner.
fn microjoules(counter: &Path) -> Option<u64> {
    crate::files::text(counter).ok()?.trim().parse().ok()
}
