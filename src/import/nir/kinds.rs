//! The types of nodes: a file each, and a line in [`KINDS`].

use super::part::Read;

mod affine;
mod avg_pool2d;
mod conv1d;
mod conv2d;
mod convolution;
mod cuba_li;
mod cuba_lif;
mod delay;
mod flatten;
mod input;
mod integrate_fire;
mod integrator;
mod leaky;
mod leaky_fire;
mod linear;
mod matrix;
mod output;
mod pool;
mod scale;
mod sum_pool2d;
mod threshold;
mod window;

/// A type of nodes.
pub struct Kind {
    /// As files call it.
    pub name: &'static str,
    /// What its nodes say, shapes apart.
    pub parameters: &'static [&'static str],
    pub read: Read,
    /// What its form on a chip loses.
    pub loses: Option<&'static str>,
}

/// All but `NIRGraph`, which is put in place before.
const KINDS: [Kind; 18] = [
    affine::KIND,
    avg_pool2d::KIND,
    conv1d::KIND,
    conv2d::KIND,
    cuba_li::KIND,
    cuba_lif::KIND,
    delay::KIND,
    flatten::KIND,
    integrator::KIND,
    integrate_fire::KIND,
    input::KIND,
    leaky::KIND,
    leaky_fire::KIND,
    linear::KIND,
    output::KIND,
    scale::KIND,
    sum_pool2d::KIND,
    threshold::KIND,
];

/// The type of this name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// What is known in place of a type of another name.
pub fn known() -> String {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    format!("known are {} and NIRGraph", names.join(", "))
}
