//! The parameters of a layer of neurons, in steps of the network.

use super::clock::Clock;
use super::inline::{Node, Scope};
use super::parameters::Array;
use super::reset::{self, ResetChoice, Why};
use super::shapes::alike;
use super::words::{dims, number};
use crate::memory;
use crate::spiking::{Current, Fires, Neuron, Reset, Values};
use std::cell::RefCell;

/// Most steps in which a neuron rests.
const LONGEST_REST: f64 = 65_535.0;
/// Likeness from which a gain is 1: files have it in `f32`.
const ALIKE: f64 = 1e-6;

/// A layer.
pub struct Cell<'a> {
    pub node: &'a Node,
    /// Sizes of the population.
    pub dims: &'a [usize],
    pub clock: Clock,
    pub scope: &'a Scope,
    pub asked: Option<ResetChoice>,
    /// What the model asked for of resets.
    pub reset: RefCell<Option<Why>>,
    /// A sentence on how a parameter was read.
    pub said: RefCell<Option<String>>,
}

impl Cell<'_> {
    /// A parameter by element.
    ///
    /// # Errors
    /// It is missing, not finite, or does not fit the layer.
    pub fn values(&self, name: &str) -> Result<Values, String> {
        self.optional(name)?.ok_or_else(|| format!("it has no {name}"))
    }

    fn optional(&self, name: &str) -> Result<Option<Values>, String> {
        let Some(values) = self.any(name)? else { return Ok(None) };
        match values.0.iter().all(|value| value.is_finite()) {
            true => Ok(Some(values)),
            false => Err(format!("{name} is not of finite numbers")),
        }
    }

    fn any(&self, name: &str) -> Result<Option<Values>, String> {
        let array = self.node.parameters.array(name)?;
        array.map(|array| spread(name, array, self.dims)).transpose()
    }

    /// `dt / tau` by element.
    fn shares(&self, name: &str) -> Result<Values, String> {
        let tau = self.any(name)?.ok_or_else(|| format!("it has no {name}"))?;
        let shares = tau.0.iter().map(|&tau| self.clock.share(name, tau));
        Ok(Values(shares.collect::<Result<_, _>>()?))
    }

    /// What a step leaves of the potential, what input adds to it, and what is added always.
    ///
    /// # Errors
    /// A parameter is missing or odd.
    pub fn membrane(&self, tau: &str) -> Result<[Values; 3], String> {
        let share = self.shares(tau)?;
        let (r, v_leak) = (self.values("r")?, self.values("v_leak")?);
        Ok([each(&share, |share| 1.0 - share), product(&r, &share), product(&v_leak, &share)])
    }

    /// The synaptic current.
    ///
    /// # Errors
    /// A parameter is missing or odd.
    pub fn current(&self) -> Result<Current, String> {
        let share = self.shares("tau_syn")?;
        let w_in = self.optional("w_in")?.unwrap_or_else(|| Values::all(1.0));
        Ok(Current { keep: each(&share, |share| 1.0 - share), gain: product(&w_in, &share) })
    }

    /// What a spike adds, by its weight, where nothing leaks: `r`, whatever a step is, as most
    /// exporters mean it; 1 where `r` is `1 / dt`, as others write what adds 1 in a step. Whether
    /// `r` is 1.
    ///
    /// # Errors
    /// `r` is missing or odd.
    pub fn whole_gain(&self) -> Result<(Values, bool), String> {
        let (r, dt) = (self.values("r")?, self.clock.dt);
        let all = |of: &dyn Fn(f64) -> f64| r.0.iter().all(|&r| (of(r) - 1.0).abs() <= ALIKE);
        if all(&|r| r) {
            return Ok((Values::all(1.0), true));
        }
        if all(&|r| r * dt) {
            let first = number(r.at(0));
            self.say(format!("r = {first} is 1/dt: a spike adds its weight in a step"));
            return Ok((Values::all(1.0), false));
        }
        // Of one that the file gives a step for, nothing is open.
        if let Some(one) = r.single().filter(|&r| r > 0.0 && !self.clock.of_file) {
            let [one, inverse] = [one, 1.0 / one].map(number);
            self.say(format!(
                "a spike adds r times its weight, r = {one}; if r is 1/dt, give --dt {inverse}"
            ));
        }
        Ok((r, false))
    }

    fn say(&self, what: String) {
        self.said.replace(Some(what));
    }

    /// What a spike does. `plain`: an `IF` with r = 1.
    ///
    /// # Errors
    /// The file says it in unknown words.
    pub fn reset(&self, plain: bool) -> Result<Reset, String> {
        let v_reset = self.optional("v_reset")?.unwrap_or_else(|| Values::all(0.0));
        let (reset, why) = reset::choose(self.asked, self.node, self.scope, v_reset, plain)?;
        self.reset.replace(Some(why));
        Ok(reset)
    }

    /// Neurons of these parts; [`refractory`] and whole numbers are to be set.
    pub fn neuron(
        &self,
        current: Option<Current>,
        keep: Values,
        gain: Values,
        leak: Values,
        fires: Option<Fires>,
    ) -> Neuron {
        let kind = self.node.kind.clone();
        Neuron { kind, current, keep, gain, leak, fires, refractory: 0, whole: None }
    }
}

/// Steps in which a neuron of the node rests after a spike.
///
/// # Errors
/// Metadata have no number of steps.
pub fn refractory(node: &Node) -> Result<u32, String> {
    let steps = node.metadata.number("refractory").map_err(|what| format!("metadata: {what}"))?;
    let steps = steps.unwrap_or(0.0);
    match steps.fract() == 0.0 && (0.0..=LONGEST_REST).contains(&steps) {
        true => Ok(steps as u32),
        false => Err(format!("metadata: refractory is {steps}, and 0 to 65535 steps are wanted")),
    }
}

/// A parameter by element of a layer: one for all, as many as there are, or along some axes.
///
/// # Errors
/// Their shapes do not fit.
pub fn spread(name: &str, array: &Array, layer: &[usize]) -> Result<Values, String> {
    if let Some(one) = array.scalar() {
        return Ok(Values::all(one));
    }
    let count: usize = layer.iter().product();
    let values = if array.values.len() == count && alike(&array.shape, layer) {
        array.values.clone()
    } else {
        along(array, layer, count).ok_or_else(|| {
            format!("{name} has the shape {}, and the layer {}", dims(&array.shape), dims(layer))
        })??
    };
    let values = Values(values);
    Ok(match values.single() {
        Some(one) => Values::all(one),
        None if values.0.is_empty() => return Err(format!("{name} is empty")),
        None => values,
    })
}

/// Spreads an array along axes where it has a size of one, as NumPy does; `None` if it does not
/// fit.
fn along(array: &Array, layer: &[usize], count: usize) -> Option<Result<Vec<f64>, String>> {
    let own = array.dims();
    let missing = layer.len().checked_sub(own.len())?;
    if own.iter().zip(&layer[missing..]).any(|(&own, &size)| own != size && own != 1) {
        return None;
    }
    if let Err(much) = memory::check(8 * count as u64) {
        return Some(Err(much.to_string()));
    }
    // How far apart neighbours of an axis lie in the array; axes that are spread do not move.
    let mut steps = vec![0; layer.len()];
    let mut step = 1;
    for (axis, &size) in own.iter().enumerate().rev() {
        steps[missing + axis] = if size == 1 { 0 } else { step };
        step *= size;
    }
    let value = |n: usize| {
        let mut rest = n;
        let axes = layer.iter().zip(&steps).rev();
        let at: usize = axes
            .map(|(&size, &step)| {
                let at = rest % size;
                rest /= size;
                at * step
            })
            .sum();
        array.values[at]
    };
    Some(Ok((0..count).map(value).collect()))
}

fn each(values: &Values, of: impl Fn(f64) -> f64) -> Values {
    Values(values.0.iter().map(|&value| of(value)).collect())
}

fn product(a: &Values, b: &Values) -> Values {
    let count = a.0.len().max(b.0.len());
    Values((0..count).map(|n| a.at(n) * b.at(n)).collect())
}
