//! Populations and projections from nodes and edges whose shapes are known.

use super::cell::{self, Cell};
use super::clock::Clock;
use super::inline::Flat;
use super::loops;
use super::part::{Part, Role};
use super::paths::{self, Path, Place};
use super::reset::{ResetChoice, Told};
use super::shapes::{Shapes, shape};
use super::words::{clip, names, number};
use super::{Fault, Found, whole};
use crate::ann::{Shape, memory};
use crate::spiking::{Graph, Map, MapKind, Neuron, Population, Projection, Unit, Values};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Longest delay in steps: what was sent is kept so long.
const LONGEST: f64 = 65_535.0;
/// Part of a step from which a rounded delay is told.
const ROUNDED: f64 = 1e-3;

/// What populations and projections are made of.
pub struct Wiring<'a> {
    pub name: String,
    pub flat: &'a Flat,
    pub shapes: &'a Shapes,
    pub clock: Clock,
    pub asked: Option<ResetChoice>,
}

/// What became of each node.
#[derive(Default)]
struct Made {
    neurons: HashMap<usize, Neuron>,
    maps: HashMap<usize, Map>,
    /// Steps of each delay.
    delays: HashMap<usize, usize>,
}

impl Wiring<'_> {
    /// The graph, unless a node has a fault.
    ///
    /// # Errors
    /// What the network as a whole is wrong about.
    pub fn graph(
        &self,
        parts: &mut [Option<Part>],
        found: &mut Found,
    ) -> Result<Option<Graph>, String> {
        let mut made = self.made(parts, found);
        let places: Option<Vec<Place>> =
            parts.iter().map(|part| part.as_ref().map(Place::of)).collect();
        let Some(places) = places.filter(|_| found.faults.is_empty()) else { return Ok(None) };
        if let Some(n) = self.idle_loop(&places) {
            let what = "it lies in a loop without a neuron, which never settles";
            found.faults.push(Fault::new(n, what));
            return Ok(None);
        }
        match paths::all(self.flat, &places) {
            Ok(paths) if self.silent(&paths, &places, &made, found) => Ok(None),
            Ok(paths) => self.wire(paths, &places, &mut made, found).map(Some),
            Err((n, what)) => {
                found.faults.push(Fault::new(n, what));
                Ok(None)
            }
        }
    }

    /// Tells of neurons that send no spikes though layers behind them wait for some.
    fn silent(&self, paths: &[Path], places: &[Place], made: &Made, found: &mut Found) -> bool {
        let is_read = |n: usize| made.neurons.get(&n).is_some_and(|of| of.fires.is_none());
        let waits = |path: &Path| places[path.target] != Place::Output || self.last(path).is_some();
        let sources = paths.iter().filter(|path| waits(path)).map(|path| path.source);
        let silent: BTreeSet<usize> = sources.filter(|&n| is_read(n)).collect();
        let what = "its potential is read, and it sends no spikes: layers behind it would get \
                    nothing; let an Output follow it";
        found.faults.extend(silent.iter().map(|&n| Fault::new(n, what)));
        !silent.is_empty()
    }

    /// Makes of each node what it is on its own.
    fn made(&self, parts: &mut [Option<Part>], found: &mut Found) -> Made {
        let (mut made, mut told) = (Made::default(), Told::default());
        for (n, part) in parts.iter_mut().enumerate() {
            let (Some(part), Some(from), Some(to)) =
                (part, &self.shapes.from[n], &self.shapes.to[n])
            else {
                continue;
            };
            let result = match &part.role {
                Role::Neuron(_) => self.neuron(n, part, &mut told).map(|neuron| {
                    made.neurons.insert(n, neuron);
                }),
                Role::Map(map) => map.map(from, to).and_then(|kind| {
                    let name = self.flat.nodes[n].name.clone();
                    made.maps.insert(n, Map { name, from: shape(from)?, to: shape(to)?, kind });
                    Ok(())
                }),
                Role::Delay(_) => self.delay(part).map(|steps| {
                    made.delays.insert(n, steps);
                }),
                Role::Input(_) | Role::Output(_) | Role::Pass => Ok(()),
            };
            let late = part.loss.iter().filter(|_| matches!(part.role, Role::Delay(_)));
            let of = |what: &String| format!("'{}': {what}", clip(&self.flat.nodes[n].name));
            found.notes.extend(part.odd.iter().chain(late).map(of));
            if let Err(what) = result {
                found.faults.push(Fault::new(n, what));
            }
        }
        found.notes.extend(told.sentences());
        made
    }

    fn neuron(&self, n: usize, part: &Part, told: &mut Told) -> Result<Neuron, String> {
        let node = &self.flat.nodes[n];
        let Role::Neuron(model) = part.role else { return Err("it is no neuron".into()) };
        let dims = self.shapes.to[n].as_deref().unwrap_or_default();
        let scope = &self.flat.scopes[node.scope];
        let (clock, asked) = (self.clock, self.asked);
        let (reset, said) = (RefCell::new(None), RefCell::new(None));
        let cell = Cell { node, dims, clock, scope, asked, reset, said };
        let (refractory, whole) = (cell::refractory(node)?, whole::numbers(node, dims)?);
        let whole = whole.map(Box::new);
        let neuron = Neuron { refractory, whole, ..model(&cell)? };
        if let (Some(fires), Some(why)) = (&neuron.fires, cell.reset.into_inner()) {
            told.add(&node.name, &fires.reset, why);
        }
        told.said(&node.name, cell.said.into_inner());
        Ok(neuron)
    }

    /// A delay in steps, the same for all elements.
    fn delay(&self, part: &mut Part) -> Result<usize, String> {
        let Role::Delay(delay) = &part.role else { return Err("it is no delay".into()) };
        let steps = |seconds: f64| seconds / self.clock.dt;
        let all: Vec<f64> = delay.values.iter().map(|&seconds| steps(seconds)).collect();
        let first = all.first().copied().unwrap_or(0.0);
        if all.iter().any(|steps| steps.round() != first.round()) {
            return Err("its elements have different delays; use a Delay for each".into());
        }
        if first > LONGEST {
            let (steps, dt) = (number(first), number(self.clock.dt));
            return Err(format!("{steps} steps of dt = {dt} s are too long; at most 65535"));
        }
        if (first - first.round()).abs() > ROUNDED {
            part.loss = Some(format!("{} steps taken for {}", number(first), first.round()));
        }
        Ok(first.round() as usize)
    }

    /// A node of a loop on which nothing keeps time.
    fn idle_loop(&self, places: &[Place]) -> Option<usize> {
        let between = |n: usize| places[n] == Place::Between;
        let next: Vec<Vec<usize>> = (0..places.len())
            .map(|n| {
                let next = self.flat.next[n].iter().copied().filter(|&to| between(to));
                if between(n) { next.collect() } else { vec![] }
            })
            .collect();
        loops::within_loop(&next)
    }

    fn wire(
        &self,
        paths: Vec<Path>,
        places: &[Place],
        made: &mut Made,
        found: &mut Found,
    ) -> Result<Graph, String> {
        let mut draft = Draft::default();
        for n in (0..places.len()).filter(|&n| places[n] == Place::Population) {
            let unit = made.neurons.remove(&n).map_or(Unit::Input, Unit::Neuron);
            draft.populations.insert(n, self.population(n, n, unit)?);
        }
        self.read(&paths, places, &mut draft, found)?;
        let mut taken = 0u64;
        for path in &paths {
            let target = match places[path.target] {
                Place::Output => match draft.readouts.get(&path.target) {
                    Some(&readout) if self.last(path).is_some() => readout,
                    _ => continue,
                },
                _ => path.target,
            };
            let key = (path.source, target, path.between.clone());
            // One readout may stand before several outputs.
            if places[path.target] == Place::Output && !draft.read.insert(key) {
                continue;
            }
            taken = path
                .between
                .iter()
                .filter_map(|n| made.maps.get(n))
                .fold(taken, |sum, map| sum.saturating_add(bytes(map)));
            memory::check(taken).map_err(|much| format!("maps by path: {much}"))?;
            let lag = path.between.iter().filter_map(|n| made.delays.get(n)).sum();
            if lag as f64 > LONGEST {
                let name = clip(&self.flat.nodes[path.source].name);
                return Err(format!("delays behind '{name}' add up to {lag} steps; at most 65535"));
            }
            let maps = self.maps(path, target, made, &mut draft);
            found.notes.extend(self.early(path, made));
            draft.projections.push(Projection { source: path.source, target, maps, lag });
        }
        let delayed = made.delays.values().any(|&steps| steps > 0);
        draft.finish(self.name.clone(), self.clock.dt, delayed)
    }

    /// That a bias before a delay does not wait for it.
    fn early(&self, path: &Path, made: &Made) -> Option<String> {
        let waits = |n: &usize| made.delays.get(n).is_some_and(|&steps| steps > 0);
        let last = path.between.iter().rposition(waits)?;
        let adds = |n: &&usize| made.maps.get(n).is_some_and(Map::has_bias);
        let map = path.between[..last].iter().find(adds)?;
        let [map, delay] = [*map, path.between[last]].map(|n| clip(&self.flat.nodes[n].name));
        Some(format!("the bias of '{map}' acts from the first step on, before '{delay}' ends"))
    }

    fn population(&self, n: usize, named: usize, unit: Unit) -> Result<Population, String> {
        let name = self.flat.nodes[named].name.clone();
        let dims = self.shapes.to[n].as_deref().unwrap_or_default();
        let shape = shape(dims).map_err(|what| format!("'{}': {what}", clip(&name)))?;
        Ok(Population { name, shape, unit })
    }

    /// The last node of a path that is one of the file's layers. Behind potentials that are read
    /// another shape is none.
    fn last(&self, path: &Path) -> Option<usize> {
        let kind = |n: usize| self.flat.nodes[n].kind.as_str();
        let is_read = matches!(kind(path.source), "I" | "LI" | "CubaLI");
        let layer = |n: &&usize| match kind(**n) {
            "Input" | "Output" => false,
            "Flatten" => !is_read,
            _ => true,
        };
        path.between.iter().rev().find(layer).copied()
    }

    /// Populations that are read: those before outputs, and sums of what maps give where no neuron
    /// stands before one.
    fn read(
        &self,
        paths: &[Path],
        places: &[Place],
        draft: &mut Draft,
        found: &mut Found,
    ) -> Result<(), String> {
        let mut before: BTreeMap<usize, Vec<&Path>> = BTreeMap::new();
        for path in paths.iter().filter(|path| places[path.target] == Place::Output) {
            before.entry(path.target).or_default().push(path);
        }
        for (output, paths) in before {
            let mut parts: Vec<usize> = vec![];
            let mut lasts: Vec<usize> = paths.iter().filter_map(|path| self.last(path)).collect();
            lasts.sort_unstable();
            lasts.dedup();
            parts.extend(paths.iter().filter(|path| self.last(path).is_none()).map(|p| p.source));
            if let Some(&last) = lasts.first() {
                // Several maps into one output add up, under its name.
                let named = if lasts.len() == 1 { last } else { output };
                draft.readouts.insert(output, named);
                let unit = Unit::Neuron(readout());
                draft.populations.insert(named, self.population(last, named, unit)?);
                parts.push(named);
            }
            if parts.len() > 1 {
                let parts: Vec<String> =
                    parts.iter().map(|&n| self.flat.nodes[n].name.clone()).collect();
                let output = clip(&self.flat.nodes[output].name);
                found.notes.push(format!("'{output}' reads {}, each by itself", names(&parts)));
            }
            draft.outputs.extend(parts);
        }
        Ok(())
    }

    /// The maps of a path, with a change of shape where neighbours count differently. A constant
    /// that another path brought the same way is left out: a node adds it once, whatever comes in.
    fn maps(&self, path: &Path, target: usize, made: &Made, draft: &mut Draft) -> Vec<Map> {
        let [mut now, last] = [path.source, target].map(|n| draft.populations[&n].shape);
        let mut maps = vec![];
        let between = |from: Shape, to: Shape, n: usize| {
            let (name, kind) = (self.flat.nodes[n].name.clone(), MapKind::Reshape);
            (from != to).then_some(Map { name, from, to, kind })
        };
        for (at, &n) in path.between.iter().enumerate() {
            if let Some(map) = made.maps.get(&n) {
                maps.extend(between(now, map.from, n));
                now = map.to;
                let brought =
                    map.has_bias() && !draft.biased.insert((target, path.between[at..].to_vec()));
                maps.push(if brought { map.without_bias() } else { map.clone() });
            }
        }
        maps.extend(between(now, last, target));
        maps
    }
}

/// What sums up where no neuron does.
fn readout() -> Neuron {
    let [keep, gain, leak] = [1.0, 1.0, 0.0].map(Values::all);
    let kind = "readout".into();
    Neuron { kind, current: None, keep, gain, leak, fires: None, refractory: 0, whole: None }
}

fn bytes(map: &Map) -> u64 {
    let values = match &map.kind {
        MapKind::Matrix(matrix) => matrix.weights.len() + matrix.bias.len(),
        MapKind::Conv(conv) => conv.weights.len() + conv.bias.len(),
        MapKind::Scale(factors) => factors.len(),
        MapKind::Pool(_) | MapKind::Reshape => 0,
    };
    8 * values as u64
}

/// A graph whose populations still have the numbers of nodes.
#[derive(Default)]
struct Draft {
    populations: BTreeMap<usize, Population>,
    projections: Vec<Projection>,
    /// By output, the population that sums up before it.
    readouts: HashMap<usize, usize>,
    /// Paths into readouts that are there already.
    read: HashSet<(usize, usize, Vec<usize>)>,
    /// Ways into populations, from a node with a constant on, by which that came already.
    biased: HashSet<(usize, Vec<usize>)>,
    outputs: Vec<usize>,
}

impl Draft {
    /// Puts populations in the order of data, and lets loops take steps.
    fn finish(self, name: String, dt: f64, delayed: bool) -> Result<Graph, String> {
        let numbers: Vec<usize> = self.populations.keys().copied().collect();
        let place: HashMap<usize, usize> =
            numbers.iter().enumerate().map(|(p, &n)| (n, p)).collect();
        let mut projections = self.projections;
        let mut next = vec![vec![]; numbers.len()];
        for projection in &mut projections {
            projection.source = place[&projection.source];
            projection.target = place[&projection.target];
            next[projection.source].push(projection.target);
        }
        let component = loops::components(&next);
        let order = loops::order(&next, &component);
        let mut new = vec![0; order.len()];
        order.iter().enumerate().for_each(|(to, &from)| new[from] = to);
        for projection in &mut projections {
            if component[projection.source] == component[projection.target] {
                projection.lag = projection.lag.max(1);
            }
            projection.source = new[projection.source];
            projection.target = new[projection.target];
        }
        projections.sort_by_key(|projection| (projection.target, projection.source));
        let mut populations: Vec<Option<Population>> =
            self.populations.into_values().map(Some).collect();
        let populations: Vec<Population> =
            order.iter().filter_map(|&p| populations[p].take()).collect();
        let elements = populations.iter().fold(0u64, |n, p| n.saturating_add(p.shape.len() as u64));
        // Current, potential, rest and what was sent of each.
        memory::check_floats(elements.saturating_mul(8)).map_err(|much| much.to_string())?;
        let mut outputs: Vec<usize> = vec![];
        for n in self.outputs {
            let p = new[place[&n]];
            if !outputs.contains(&p) {
                outputs.push(p);
            }
        }
        match outputs.is_empty() {
            true => Err("nothing reaches an Output".into()),
            false => Ok(Graph { name, dt, populations, projections, outputs, delayed }),
        }
    }
}
