//! How long a step is: NIR has time constants in seconds, and no step.

use super::inline::Flat;
use super::words::number;
use super::{Fault, Found};

/// A step where nobody says how long it is.
const USUAL: f64 = 1e-3;
/// Likeness from which two steps are one: files have them in `f32`.
const ALIKE: f64 = 1e-6;
/// Most steps of a time constant: chips multiply by `4096 (1 - dt / tau)` of 12 bits.
const LONGEST: f64 = 4096.0;

/// The step of a network.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Seconds.
    pub dt: f64,
    /// Whether the file says it.
    pub of_file: bool,
}

impl Clock {
    /// `dt / tau` of a layer, from 0 to 1.
    ///
    /// # Errors
    /// It is no such number, or nothing in 12 bits; what to do.
    pub fn share(&self, name: &str, tau: f64) -> Result<f64, String> {
        let (told, dt) = (number(tau), number(self.dt));
        if tau.is_nan() || tau <= 0.0 {
            return Err(format!("{name} is {told}, and more than 0 s is wanted"));
        }
        let share = self.dt / tau;
        if share > 1.0 + ALIKE {
            return Err(format!(
                "{name} of {told} s is shorter than a step, dt = {dt} s: give --dt, at most \
                 {told}; if that is no time constant of the layer, its exporter wrote {name} wrong"
            ));
        }
        if tau.is_finite() && tau > LONGEST * self.dt {
            return Err(format!(
                "{name} of {told} s is more than 4096 steps of dt = {dt} s, a decay of nothing in \
                 12 bits: give a longer --dt; if {name} counts steps, --dt 1"
            ));
        }
        Ok(share.min(1.0))
    }
}

/// The step that the caller asked for, else that of the file, else the usual one.
///
/// # Errors
/// What was asked for is no time.
pub fn choose(asked: Option<f64>, flat: &Flat, found: &mut Found) -> Result<Clock, String> {
    if let Some(dt) = asked {
        return match dt.is_finite() && dt > 0.0 {
            true => Ok(Clock { dt, of_file: false }),
            false => Err(format!("--dt {dt} is no time; give seconds, such as 0.001")),
        };
    }
    // A graph has that of the one around it, where it says none itself.
    let mut of_graphs = flat.scopes.iter().filter_map(|scope| scope.dt);
    let of_graph = of_graphs.next();
    let alike = |of: &f64| of_graph.is_some_and(|dt| (of / dt - 1.0).abs() <= ALIKE);
    if let (Some(one), Some(other)) = (of_graph, of_graphs.find(|of| !alike(of))) {
        let [one, other] = [one, other].map(number);
        return Err(format!("metadata of its graphs say dt = {one} s and {other} s; give --dt"));
    }
    let (dt, whose) = match (of_graph, of_nodes(flat, found)) {
        (Some(dt), _) => (dt, "metadata of the graph say".to_owned()),
        (None, Some((dt, name))) => (dt, format!("metadata of '{name}' say")),
        (None, None) => {
            found.notes.push(format!(
                "a step is taken for {} s: the file does not say; --dt does",
                number(USUAL)
            ));
            return Ok(Clock { dt: USUAL, of_file: false });
        }
    };
    if dt <= 0.0 {
        return Err(format!("{whose} dt is {dt}; give --dt"));
    }
    found.notes.push(format!("a step is {} s, as {whose}", number(dt)));
    agree(dt, flat, found);
    Ok(Clock { dt, of_file: true })
}

/// What the first node says that says anything, and its name.
fn of_nodes(flat: &Flat, found: &mut Found) -> Option<(f64, String)> {
    let mut first = None;
    for (n, node) in flat.nodes.iter().enumerate() {
        match node.metadata.number("dt") {
            Ok(dt) => first = first.or(dt.map(|dt| (dt, super::words::clip(&node.name)))),
            Err(what) => found.faults.push(Fault::new(n, format!("metadata: {what}"))),
        }
    }
    first
}

/// A network has one step.
fn agree(dt: f64, flat: &Flat, found: &mut Found) {
    for (n, node) in flat.nodes.iter().enumerate() {
        let other = node.metadata.number("dt").ok().flatten();
        if let Some(other) = other.filter(|other| (other / dt - 1.0).abs() > ALIKE) {
            let (other, dt) = (number(other), number(dt));
            let what = format!("its metadata say dt = {other} s, others {dt} s; give --dt");
            found.faults.push(Fault::new(n, what));
        }
    }
}
