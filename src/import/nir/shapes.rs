//! Shapes, carried along the edges from where they are known.

use super::inline::{Flat, Node};
use super::parameters::Value;
use super::part::{Dims, Part, Role};
use super::words::{clip, dims};
use super::{Fault, Found};
use crate::ann::Shape;
use std::collections::VecDeque;

/// Most elements of anything.
const MOST: usize = 1 << 40;
/// How many nodes are looked at for what an input feeds.
const NEAR: usize = 64;

/// By node: what comes in, and what goes out.
pub struct Shapes {
    pub from: Vec<Option<Dims>>,
    pub to: Vec<Option<Dims>>,
}

/// Finds the shapes of all nodes.
pub fn infer(flat: &Flat, parts: &[Option<Part>], found: &mut Found) -> Shapes {
    let none = vec![None; flat.nodes.len()];
    let shapes = Shapes { from: none.clone(), to: none };
    let mut walk = Walk { flat, parts, shapes, seen: vec![false; flat.nodes.len()], found };
    walk.inputs();
    walk.others();
    walk.check();
    walk.shapes
}

struct Walk<'a> {
    flat: &'a Flat,
    parts: &'a [Option<Part>],
    shapes: Shapes,
    /// Nodes that had their turn, perhaps with a fault.
    seen: Vec<bool>,
    found: &'a mut Found,
}

impl Walk<'_> {
    fn role(&self, n: usize) -> Option<&Role> {
        self.parts[n].as_ref().map(|part| &part.role)
    }

    fn fault(&mut self, n: usize, what: String) {
        self.found.faults.push(Fault::new(n, what));
    }

    /// Begins with inputs whose shape is known.
    fn inputs(&mut self) {
        for n in 0..self.flat.nodes.len() {
            let Some(Role::Input(given)) = self.role(n) else { continue };
            let dims = match given.clone() {
                Some(given) => self.input(n, &given),
                None => whole(&self.wanted_after(n)),
            };
            if let Some(dims) = dims {
                self.settle(n, Ok((dims.clone(), dims)));
                self.spread(n);
            }
        }
    }

    /// The shape of an input without batch and time, which some exporters write, too.
    fn input(&mut self, n: usize, given: &[usize]) -> Option<Dims> {
        let takes = self.wanted_after(n);
        let fitting = fit(given, &takes);
        let behind = given.len().checked_sub(takes.len()).map(|extra| given[extra..].to_vec());
        let taken = fitting.or(behind.filter(|dims| !takes.is_empty() && matches(dims, &takes)));
        // What does not fit is told where it does not.
        let taken = taken.unwrap_or_else(|| given.to_vec());
        if taken.len() < given.len() {
            let name = clip(&self.flat.nodes[n].name);
            let (given, taken) = (dims(given), dims(&taken));
            self.found.notes.push(format!(
                "the shape {given} of '{name}' is taken for {taken}: before it stand batch and time"
            ));
        }
        Some(taken)
    }

    /// What the nodes behind `n` say of the shape that comes out of it.
    fn wanted_after(&self, n: usize) -> Vec<Option<usize>> {
        let mut queue = VecDeque::from([n]);
        for _ in 0..NEAR {
            let Some(n) = queue.pop_front() else { break };
            for &next in &self.flat.next[n] {
                let takes = self.takes(next);
                if !takes.is_empty() {
                    return takes;
                }
                if matches!(self.role(next), Some(Role::Pass | Role::Delay(_) | Role::Neuron(_))) {
                    queue.push_back(next);
                }
            }
        }
        vec![]
    }

    /// What a node says of the shape that it takes; empty for nothing.
    fn takes(&self, n: usize) -> Vec<Option<usize>> {
        match self.role(n) {
            Some(Role::Map(map)) => map.takes(),
            Some(Role::Neuron(_)) => own(&self.flat.nodes[n]).iter().copied().map(Some).collect(),
            _ => vec![],
        }
    }

    /// Takes the rest from where a node says its own shape.
    fn others(&mut self) {
        for n in 0..self.flat.nodes.len() {
            if self.seen[n] {
                continue;
            }
            if let Some(dims) = whole(&self.takes(n)) {
                self.turn(n, &dims);
                self.spread(n);
            }
        }
    }

    /// Carries the shape of node `n` as far as it goes.
    fn spread(&mut self, n: usize) {
        let flat = self.flat;
        let mut queue = VecDeque::from([n]);
        while let Some(n) = queue.pop_front() {
            let Some(dims) = self.shapes.to[n].clone() else { continue };
            for &next in &flat.next[n] {
                if !self.seen[next] {
                    self.turn(next, &dims);
                    queue.push_back(next);
                }
            }
        }
    }

    /// Node `n` gets `arriving`. What one with a fault makes of it is not known.
    fn turn(&mut self, n: usize, arriving: &[usize]) {
        if self.parts[n].is_none() {
            self.seen[n] = true;
            return;
        }
        let result = self.ends(n, arriving);
        self.settle(n, result);
    }

    /// What node `n` takes `arriving` for, and what it makes of it.
    fn ends(&self, n: usize, arriving: &[usize]) -> Result<(Dims, Dims), String> {
        let same = |dims: Dims| (dims.clone(), dims);
        match self.role(n) {
            Some(Role::Map(map)) => {
                let takes = map.takes();
                let from = fit(arriving, &takes).ok_or_else(|| {
                    let (wanted, given) = (pattern(&takes), dims(arriving));
                    format!("it takes the shape {wanted}, and {given} comes in")
                })?;
                let to = map.gives(&from)?;
                Ok((from, to))
            }
            Some(Role::Output(Some(given))) => match fits_output(given, arriving) {
                true => Ok(same(arriving.to_vec())),
                false => {
                    let (given, arriving) = (dims(given), dims(arriving));
                    Err(format!("its shape is {given}, and {arriving} comes in"))
                }
            },
            _ => Ok(same(arriving.to_vec())),
        }
    }

    fn settle(&mut self, n: usize, ends: Result<(Dims, Dims), String>) {
        self.seen[n] = true;
        let checked = ends.and_then(|(from, to)| {
            shape(&from)?;
            shape(&to)?;
            Ok((from, to))
        });
        match checked {
            Ok((from, to)) => {
                self.shapes.from[n] = Some(from);
                self.shapes.to[n] = Some(to);
            }
            // A node that has a fault already is not told twice.
            Err(what) => self.fault(n, what),
        }
    }

    /// That something else than `from` comes to node `n`, or two things that do not add up.
    fn clash(&self, n: usize, from: &[usize]) -> Option<String> {
        let count = |dims: &[usize]| dims.iter().product::<usize>();
        let name = |p: usize| clip(&self.flat.nodes[p].name);
        let mut first: Option<(usize, &Dims)> = None;
        for &p in &self.flat.previous[n] {
            let Some(to) = &self.shapes.to[p] else { continue };
            if count(to) != count(from) || !alike(to, from) {
                let (from, to, name) = (dims(from), dims(to), name(p));
                return Some(format!("it takes the shape {from}, and {to} comes from '{name}'"));
            }
            match first {
                Some((one, other)) if !alike(to, other) => {
                    let [one, p] = [one, p].map(name);
                    let (other, to) = (dims(other), dims(to));
                    return Some(format!(
                        "{other} comes from '{one}', and {to} from '{p}': these do not add up"
                    ));
                }
                // A mere list is like any of its size.
                Some((_, other)) if !is_list(other) => {}
                _ => first = Some((p, to)),
            }
        }
        None
    }

    /// All that arrives at a node must be as much as it takes, in shapes that add up.
    fn check(&mut self) {
        let flat = self.flat;
        let mut unknown = vec![];
        for n in 0..flat.nodes.len() {
            let Some(from) = self.shapes.from[n].clone() else {
                if !self.seen[n] && self.parts[n].is_some() {
                    unknown.push(n);
                }
                continue;
            };
            if let Some(what) = self.clash(n, &from) {
                self.fault(n, what);
            }
        }
        // Where others have faults, it may be for these.
        if self.found.faults.is_empty() {
            for n in unknown {
                let what = "nothing says its shape: give its Input a shape, or its parameters";
                self.fault(n, what.into());
            }
        }
    }
}

/// The shape that a layer's own parameters have; empty for none.
fn own(node: &Node) -> &[usize] {
    let arrays = node.parameters.0.values().filter_map(|value| match value {
        Value::Numbers(array) if array.values.len() > 1 => Some(array),
        _ => None,
    });
    arrays.max_by_key(|array| array.values.len()).map_or(&[], |array| array.shape.as_slice())
}

/// A shape of which everything is known.
fn whole(takes: &[Option<usize>]) -> Option<Dims> {
    takes.iter().copied().collect::<Option<Dims>>().filter(|dims| !dims.is_empty())
}

fn matches(dims: &[usize], takes: &[Option<usize>]) -> bool {
    let fits = |(dim, take): (&usize, &Option<usize>)| take.is_none_or(|take| take == *dim);
    dims.len() == takes.len() && dims.iter().zip(takes).all(fits)
}

/// `from` as a node takes it that takes such shapes: with ones before it or without, or the same
/// elements in the one shape that the node knows, if one of the two is a mere list: other orders of
/// axes are no shape of the same thing.
fn fit(from: &[usize], takes: &[Option<usize>]) -> Option<Dims> {
    if takes.is_empty() || matches(from, takes) {
        return Some(from.to_vec());
    }
    let mut other = from.to_vec();
    while other.len() > takes.len() && other[0] == 1 {
        other.remove(0);
    }
    while other.len() < takes.len() {
        other.insert(0, 1);
    }
    if matches(&other, takes) {
        return Some(other);
    }
    let known = whole(takes)?;
    (count(&known)? == count(from)? && alike(&known, from)).then_some(known)
}

/// Whether elements in one shape may be those in another: the same but for sizes of one, or a list.
pub fn alike(one: &[usize], other: &[usize]) -> bool {
    let [one, other] =
        [one, other].map(|dims| dims.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>());
    one == other || one.len() <= 1 || other.len() <= 1
}

/// Whether elements are in no shape but a list.
fn is_list(dims: &[usize]) -> bool {
    dims.iter().filter(|&&size| size != 1).count() <= 1
}

/// Whether an output of shape `given` can be what arrives, but for batch, time and ones.
fn fits_output(given: &[usize], arriving: &[usize]) -> bool {
    given.is_empty() || count(given) == count(arriving) || given.ends_with(arriving)
}

fn pattern(takes: &[Option<usize>]) -> String {
    let size = |size: &Option<usize>| size.map_or("any".into(), |size| size.to_string());
    format!("[{}]", takes.iter().map(size).collect::<Vec<_>>().join(", "))
}

fn count(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1usize, |n, &size| n.checked_mul(size)).filter(|&n| n <= MOST)
}

/// Sizes as channels, rows and columns.
///
/// # Errors
/// They are too many, too large, or nothing.
pub fn shape(sizes: &[usize]) -> Result<Shape, String> {
    match count(sizes) {
        Some(1..) => {}
        Some(0) => return Err(format!("the shape {} holds nothing", dims(sizes))),
        None => return Err(format!("the shape {} is too large", dims(sizes))),
    }
    let ones = sizes.iter().take_while(|&&size| size == 1).count();
    let extra = sizes.len().saturating_sub(3);
    match sizes[extra.min(ones)..] {
        [] => Ok(Shape::new(1, 1, 1)),
        [elements] => Ok(Shape::new(elements, 1, 1)),
        [channels, length] => Ok(Shape::new(channels, 1, length)),
        [channels, height, width] => Ok(Shape::new(channels, height, width)),
        _ => Err(format!(
            "the shape {} has more than three dimensions: write it without batch and time",
            dims(sizes)
        )),
    }
}
