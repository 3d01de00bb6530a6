//! Units of a layer in whole numbers.

use super::SpikingSettings;
use super::numbers::{Numbers, cut, whole, word};
use crate::snn::{Cuba, CubaReset, IntegrateFire, Model, NEVER};
use crate::spiking::{Fires, Neuron, Reset};

/// What the neurons of a layer become on a chip. `arrives` is the most that spikes of a step add to
/// a potential of a channel, in membrane units.
///
/// # Errors
/// Why they become nothing.
pub(super) fn model(
    neuron: &Neuron,
    numbers: &Numbers,
    arrives: &dyn Fn(usize) -> i64,
    settings: &SpikingSettings,
) -> Result<Model, &'static str> {
    let channels = numbers.layer.unit.len();
    match &neuron.fires {
        Some(fires) if fires.at || settings.fires_at && adds_up(neuron, fires) => {
            let unit = plain(neuron, fires, numbers, channels, settings)?;
            let most = |(c, bias): (usize, &i32)| arrives(c) + i64::from(bias.abs());
            match unit.bias.iter().enumerate().all(|one| most(one) < i64::from(SAFE)) {
                true => Ok(Model::If(unit)),
                false => Err("what can arrive in a step does not fit 30 bits"),
            }
        }
        _ => Ok(Model::Cuba(unit(neuron, numbers, channels, settings))),
    }
}

/// Largest magnitude of membranes, and of what arrives in a step, that sums of 32 bits hold.
const SAFE: i32 = (1 << 30) - 1;

/// Whether a neuron keeps all that arrives, and loses its threshold with a spike.
fn adds_up(neuron: &Neuron, fires: &Fires) -> bool {
    neuron.current.is_none()
        && neuron.keep.single() == Some(1.0)
        && neuron.leak.single() == Some(0.0)
        && neuron.refractory == 0
        && fires.reset == Reset::Subtract
}

/// Units that add up and fire at their threshold, too: those of trained networks.
fn plain(
    neuron: &Neuron,
    fires: &Fires,
    numbers: &Numbers,
    channels: usize,
    settings: &SpikingSettings,
) -> Result<IntegrateFire, &'static str> {
    if !adds_up(neuron, fires) {
        return Err("only units that add up and subtract their threshold fire at it");
    }
    let most = f64::from(word(neuron, settings));
    let units = |values: &dyn Fn(usize) -> f64| -> Vec<i32> {
        let unit = |c: usize| (values(c) / numbers.layer.unit[c]).round().clamp(-most, most) as i32;
        (0..channels).map(unit).collect()
    };
    let threshold = units(&|c| numbers.at(&fires.threshold, c));
    if threshold.iter().any(|&threshold| threshold < 1) {
        return Err("its threshold is less than one membrane unit");
    }
    Ok(IntegrateFire {
        fire_above: threshold.clone(),
        reset_above: threshold,
        fire_below: vec![NEVER; channels],
        reset_below: vec![NEVER; channels],
        initial: vec![0; channels],
        bias: units(&|c| numbers.drive[c]),
        shift: numbers.layer.shift.clone(),
        burst: 1,
        saturation: word(neuron, settings).min(SAFE),
    })
}

fn unit(neuron: &Neuron, numbers: &Numbers, channels: usize, settings: &SpikingSettings) -> Cuba {
    let all = |of: &dyn Fn(usize) -> f64| (0..channels).map(of).collect::<Vec<f64>>();
    let units = |values: Vec<f64>| -> Vec<i32> {
        let most = f64::from(word(neuron, settings));
        let unit = |(c, value): (usize, &f64)| value / numbers.layer.unit[c];
        values.iter().enumerate().map(unit).map(|x| x.round().clamp(-most, most) as i32).collect()
    };
    let lasts = |of: &crate::spiking::Current, c: usize| cut(1.0 - numbers.at(&of.keep, c));
    let threshold = match &neuron.fires {
        Some(fires) => all(&|c| numbers.at(&fires.threshold, c) / numbers.layer.unit[c]),
        None => vec![f64::from(NEVER); channels],
    };
    let reset = match neuron.fires.as_ref().map(|fires| &fires.reset) {
        Some(Reset::To(values)) => CubaReset::To(units(all(&|c| numbers.at(values, c)))),
        Some(Reset::Subtract) | None => CubaReset::Subtract,
    };
    Cuba {
        current_decay: (0..channels)
            .map(|c| neuron.current.as_ref().map_or(crate::snn::ALL, |of| lasts(of, c)))
            .collect(),
        decay: (0..channels).map(|c| cut(1.0 - numbers.at(&neuron.keep, c))).collect(),
        threshold: threshold.into_iter().map(whole).collect(),
        reset,
        bias: units(all(&|c| numbers.at(&neuron.leak, c))),
        drive: units(numbers.drive.clone()),
        shift: numbers.layer.shift.clone(),
        // It fits; see `Numbers::new`.
        refractory: neuron.refractory.min(u32::from(u8::MAX)) as u8,
        saturation: word(neuron, settings),
    }
}
