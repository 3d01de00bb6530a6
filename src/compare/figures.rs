//! What stands beside the joules: spikes per synapse, bits of an equal network, break-even, delay.

use super::{Accounting, Kind, Row, Spiking, opposite, ratio};

/// Spikes per synapse and inference up to which spiking networks can compete, by the baseline they
/// are set against (Dampfhoffer et al. 2023, IEEE TETCI, abstract).
pub const BAND: [f64; 2] = [0.15, 1.38];

/// One figure of one system, or of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Name of the chip or device.
    pub system: String,
    /// The other of a pair; empty for a system alone.
    pub against: String,
    /// Under which accounting; `None` where none has a say.
    pub accounting: Option<Accounting>,
    /// What the energy contains.
    pub scope: String,
    /// What is measured.
    pub quantity: &'static str,
    /// Nominal.
    pub value: f64,
    /// Low and high, where costs have a say beyond a ratio of nominal ones.
    pub ends: Option<[f64; 2]>,
    /// Unit of the value.
    pub unit: &'static str,
    /// What should be known of the value, or nothing.
    pub remark: String,
}

/// Bits of activation that resolve as much as `steps` steps of spikes: ceil(log2(T + 1)), Yan et
/// al. 2024.
///
/// ```
/// assert_eq!([1, 3, 4, 8, 3500].map(spikemesh::compare::quantised_bits), [1, 2, 3, 4, 12]);
/// ```
pub fn quantised_bits(steps: u64) -> u32 {
    // T + 1 levels, numbered 0 to T, take as many bits as T has.
    u64::BITS - steps.leading_zeros()
}

/// Every figure, by system.
pub fn measures(rows: &[Row], spiking: &[Spiking]) -> Vec<Measure> {
    let mut measures: Vec<Measure> = spiking.iter().flat_map(alone).collect();
    measures.extend(rows.iter().filter_map(energy_delay));
    let mut others: Vec<&str> = rows
        .iter()
        .filter(|row| row.kind != Kind::Spiking)
        .map(|row| row.system.as_str())
        .collect();
    others.sort_unstable();
    others.dedup();
    for chip in spiking {
        for row in rows.iter().filter(|row| row.system == chip.system) {
            measures.extend(others.iter().filter_map(|other| break_even(rows, chip, row, other)));
        }
    }
    measures
}

fn alone(chip: &Spiking) -> Vec<Measure> {
    let measure = |quantity, value, unit, remark| Measure {
        system: chip.system.clone(),
        against: String::new(),
        accounting: None,
        scope: String::new(),
        quantity,
        value,
        ends: None,
        unit,
        remark,
    };
    let bits = f64::from(quantised_bits(chip.steps));
    let quantised = measure(
        "quantised_bits",
        bits,
        "bit",
        format!("ceil(log2(T + 1)), T = {}; bursts resolve more", chip.steps),
    );
    let ratio = chip
        .spikes_per_synapse()
        .map(|value| measure("spikes_per_synapse", value, "1", place(value).into()));
    ratio.into_iter().chain([quantised]).collect()
}

/// Where a value lies to the band of Dampfhoffer et al.
pub(crate) fn place(spikes_per_synapse: f64) -> &'static str {
    match spikes_per_synapse {
        value if value < BAND[0] => {
            "below the band 0.15..1.38: can compete with any baseline of that paper"
        }
        value if value <= BAND[1] => {
            "inside the band 0.15..1.38: competes with some baselines of that paper"
        }
        _ => "above the band 0.15..1.38: competes with no baseline of that paper",
    }
}

/// Energy x latency, of what bills both.
fn energy_delay(row: &Row) -> Option<Measure> {
    let (energy, latency) = (row.energy_pj? * 1e-9, row.latency_ps? * 1e-9);
    let ends = [energy.low * latency.low, energy.high * latency.high];
    (row.accounting == Some(Accounting::Bill)).then(|| Measure {
        system: row.system.clone(),
        against: String::new(),
        accounting: row.accounting,
        scope: row.scope.clone(),
        quantity: "energy_delay_product",
        value: energy.nominal * latency.nominal,
        ends: Some(ends),
        unit: "uJ s",
        remark: "energy x latency".into(),
    })
}

/// Steps at which both would take the same, if every step took as much as the mean one here.
fn break_even(rows: &[Row], chip: &Spiking, row: &Row, other: &str) -> Option<Measure> {
    let theirs = opposite(rows, other, row.accounting, &row.scope)?;
    Some(Measure {
        system: row.system.clone(),
        against: other.into(),
        accounting: row.accounting,
        scope: row.scope.clone(),
        quantity: "break_even_steps",
        value: (chip.steps as f64 * ratio(theirs, row)?).floor(),
        ends: None,
        unit: "steps",
        remark: format!("T x ratio of the pair, T = {}, rounded down", chip.steps),
    })
}
