//! Neurons as nodes, with what NIR does not say of them in metadata.

use super::nodes::Nodes;
use super::spread;
use super::units::two;
use crate::snn::{ALL, Cuba, CubaReset, IntegrateFire, Model, Network, Readout};

/// A unit fires at its threshold, and NIR strictly above: so much lower, in membrane units, it
/// stands in the file. A spike then leaves as much too much, less than a unit after the 1024
/// spikes of a run: sums of whole numbers pass both alike.
const BELOW: f64 = 1.0 / 1024.0;

/// A layer's node.
pub struct Layer<'a> {
    pub name: &'a str,
    pub dims: &'a [u64],
    /// By channel, the float of a membrane unit.
    pub unit: &'a [f64],
}

/// The word for the reset of all neurons, where they have one.
pub fn common_reset(network: &Network) -> Option<&'static str> {
    let word = |model: &Model| match model {
        Model::If(_) => Some(Some("subtract")),
        Model::Cuba(unit) if unit.fires() => Some(reset_word(&unit.reset)),
        _ => None,
    };
    let mut words = network.populations.iter().filter_map(|p| word(&p.model));
    let first = words.next()??;
    words.all(|word| word == Some(first)).then_some(first)
}

fn reset_word(reset: &CubaReset) -> Option<&'static str> {
    match reset {
        CubaReset::Subtract => Some("subtract"),
        CubaReset::To(values) if values.iter().all(|&value| value == 0) => Some("zero"),
        CubaReset::To(_) => None,
    }
}

/// Writes the neurons of a layer. `gain`: what a constant current of 1 is, in membrane units by
/// channel, where a picture feeds them.
pub fn write(nodes: &mut Nodes, layer: &Layer, model: &Model, gain: Option<&[f64]>, dt: f64) {
    let r = |c: usize| gain.map_or(1.0, |gain| gain[c] * layer.unit[c]);
    let r: Vec<f64> = (0..layer.unit.len()).map(r).collect();
    match model {
        Model::If(unit) => fires(nodes, layer, unit, &r),
        Model::Readout(Readout { shift, .. }) => {
            let path = nodes.node(layer.name, "I", &[]);
            layer.exactly(nodes, &path, "r", &r);
            layer.whole(nodes, &path, shift);
        }
        Model::Cuba(unit) => cuba(nodes, layer, unit, dt),
        // `held` refuses others, and inputs are no neurons.
        _ => {}
    }
}

impl Layer<'_> {
    /// A parameter by channel, in 32 bits only where nothing of it is lost.
    fn exactly(&self, nodes: &mut Nodes, path: &str, name: &str, values: &[f64]) {
        let values = spread(values, self.dims);
        nodes.file.floats(&format!("{path}/{name}"), self.dims, &values, |n, x| x == values[n]);
    }

    /// The same of whole numbers of membrane units, which 32 bits must tell apart.
    fn units(&self, nodes: &mut Nodes, path: &str, name: &str, values: &[i32], times: &[f64]) {
        let unit: Vec<f64> =
            self.unit.iter().zip(times).map(|(unit, times)| unit * times).collect();
        let floats: Vec<f64> = values.iter().zip(&unit).map(|(&v, u)| f64::from(v) * u).collect();
        let (floats, unit) = (spread(&floats, self.dims), spread(&unit, self.dims));
        let near = |n: usize, x: f64| ((x - floats[n]) / unit[n]).abs() < 0.1;
        nodes.file.floats(&format!("{path}/{name}"), self.dims, &floats, near);
    }

    /// Which whole numbers the floats are.
    fn whole(&self, nodes: &mut Nodes, path: &str, shift: &[u8]) {
        let count = [self.unit.len() as u64];
        let step: Vec<f64> = self.unit.iter().zip(shift).map(|(u, &k)| u * two(k)).collect();
        let shift: Vec<i64> = shift.iter().map(|&k| i64::from(k)).collect();
        nodes.file.doubles(&format!("{path}/metadata/weight_step"), &count, &step);
        nodes.file.ints(&format!("{path}/metadata/weight_shift"), &count, &shift);
    }
}

/// Units of trained networks.
fn fires(nodes: &mut Nodes, layer: &Layer, unit: &IntegrateFire, r: &[f64]) {
    let path = nodes.node(layer.name, "IF", &[]);
    layer.exactly(nodes, &path, "r", r);
    let of = |below: f64| -> Vec<f64> {
        let value = |(&th, unit): (&i32, &f64)| (f64::from(th) - below) * unit;
        unit.reset_above.iter().zip(layer.unit).map(value).collect()
    };
    layer.exactly(nodes, &path, "v_threshold", &of(BELOW));
    layer.exactly(nodes, &path, "v_reset", &vec![0.0; layer.unit.len()]);
    let exact = spread(&of(0.0), layer.dims);
    nodes.file.doubles(&format!("{path}/metadata/fires_at"), layer.dims, &exact);
    nodes.file.text(&format!("{path}/metadata/reset"), "subtract");
    layer.whole(nodes, &path, &unit.shift);
}

/// Units of networks that spiked already.
fn cuba(nodes: &mut Nodes, layer: &Layer, unit: &Cuba, dt: f64) {
    let (lasts, leaks, fires) = (unit.keeps_current(), unit.leaks(), unit.fires());
    let kind = match (lasts, leaks, fires) {
        (true, _, true) => "CubaLIF",
        (true, _, false) => "CubaLI",
        (false, true, true) => "LIF",
        (false, true, false) => "LI",
        (false, false, true) => "IF",
        (false, false, false) => "I",
    };
    let path = nodes.node(layer.name, kind, &[]);
    let steps = |decay: &[u16]| -> Vec<f64> {
        decay.iter().map(|&decay| f64::from(ALL) / f64::from(decay)).collect()
    };
    let ones = vec![1.0; layer.unit.len()];
    // Equations multiply inputs by dt / tau: r and w_in undo that.
    let r = if leaks { steps(&unit.decay) } else { ones.clone() };
    let times = |values: &[f64]| values.iter().map(|steps| steps * dt).collect::<Vec<f64>>();
    layer.exactly(nodes, &path, "r", &r);
    if leaks {
        layer.exactly(nodes, &path, if lasts { "tau_mem" } else { "tau" }, &times(&r));
        layer.units(nodes, &path, "v_leak", &unit.bias, &r);
    }
    if lasts {
        let w_in = steps(&unit.current_decay);
        layer.exactly(nodes, &path, "tau_syn", &times(&w_in));
        layer.exactly(nodes, &path, "w_in", &w_in);
    }
    if fires {
        layer.units(nodes, &path, "v_threshold", &unit.threshold, &ones);
        let zeros = vec![0; layer.unit.len()];
        let reset = match &unit.reset {
            CubaReset::To(values) => values,
            CubaReset::Subtract => &zeros,
        };
        layer.units(nodes, &path, "v_reset", reset, &ones);
        if let Some(word) = reset_word(&unit.reset) {
            nodes.file.text(&format!("{path}/metadata/reset"), word);
        }
    }
    if unit.refractory > 0 {
        nodes.file.int(&format!("{path}/metadata/refractory"), unit.refractory.into());
    }
    layer.whole(nodes, &path, &unit.shift);
}
