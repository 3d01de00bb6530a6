//! One step of a network of the size of Tiny YOLO, with random weights, at given rates of firing.
//!
//! The chip has cores of 1024 neurons of either sign, without a limit of memory or axons, on a
//! square mesh, and the costs of a Loihi; rows of chip `loihi` are the same on `loihi1-davies2018`
//! as it is, which cuts wide layers into many more cores. Populations run blocks of steps one after
//! the other, so that what is timed are whole blocks in which every population is active: processor
//! time for one thread, else wall time; of all these steps the mean. Every row is run by a process
//! of its own, whose peak of memory counts from its beginning; thresholds are found before, by this
//! one.

use std::error::Error;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::Window;
use spikemesh::engine::chip::{Stop, run};
use spikemesh::engine::functional::each_step;
use spikemesh::engine::{Options, Stopwatch};
use spikemesh::kernel::Instructions;
use spikemesh::profile::SignedSpikes;
use spikemesh::snn::retime::{Retimed, retime};
use spikemesh::snn::*;
use spikemesh::{mapping, profile};

use super::common::Clock;

/// Channels of the layers behind the analogue one, which has 16; pools of 2 x 2 before the first
/// five.
const CHANNELS: [usize; 7] = [32, 64, 128, 256, 512, 1024, 1024];
const SIDE: usize = 416;
/// Of a run.
const STEPS: usize = 84;
/// Steps of it that are timed, the last: wherever blocks begin, as long as whole ones of any length
/// up to six.
const TIMED: usize = 60;
/// Steps of which thresholds are found: the last of them.
const FOUND: usize = 48;
const SAME: Window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };

/// What stands between a layer and its 2 x 2 times smaller successor.
#[derive(Clone, Copy, PartialEq)]
enum Pool {
    /// Folded into the weights behind it.
    Average,
    Unit(PoolKind),
}

/// Units that fire.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    If,
    /// Tracking ReLUs.
    Tracking,
    /// SiLUs.
    Curve,
}

struct Row {
    pool: Pool,
    kind: Kind,
    firing: f64,
    threads: usize,
    copy: Option<Instructions>,
    loihi: bool,
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let pool = match self.pool {
            Pool::Average => "average",
            Pool::Unit(PoolKind::Gate) => "gate",
            Pool::Unit(_) => "telescoping",
        };
        let copy = if self.copy.is_some() { "portable" } else { "best" };
        let chip = if self.loihi { "loihi" } else { "square" };
        let units = match self.kind {
            Kind::If => "if",
            Kind::Tracking => "tracking",
            Kind::Curve => "silu",
        };
        let (firing, threads) = (self.firing.to_string(), self.threads.to_string());
        [pool.into(), firing, threads, copy.into(), chip.into(), units.into()]
    }
}

/// Measures the rows whose name contains one of `wanted` (all, if none is given).
pub fn measure(wanted: &[String]) -> Result<(), Box<dyn Error>> {
    let rows = rows();
    let mut csv = std::fs::File::create(super::common::folder()?.join("whole.csv"))?;
    let head = "pool,firing,threads,kernels,chip,units,reached,mapping_s,step_ms,scatter_ms,update_ms,lists_ms,counts_ms,Msop,peak_mb";
    writeln!(csv, "{head}")?;
    println!("{}", head.split(',').map(|name| format!("{name:>12}")).collect::<String>());
    for row in rows {
        let cells = row.cells();
        let name = cells.join("-");
        if wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str())) {
            let (network, currents) = network(row.pool, row.kind);
            let thresholds = calibrate(&mut retime(&network, None), &currents, row.firing);
            drop((network, currents));
            let thresholds: Vec<String> = thresholds.iter().map(i32::to_string).collect();
            let child = Command::new(std::env::current_exe()?)
                .args([ROW, &name, &thresholds.join(",")])
                .output()?;
            let figures = String::from_utf8(child.stdout)?;
            if !child.status.success() {
                return Err(format!("{name}: {}", String::from_utf8_lossy(&child.stderr)).into());
            }
            let cells: Vec<&str> =
                cells.iter().map(String::as_str).chain(figures.trim().split(',')).collect();
            println!("{}", cells.iter().map(|cell| format!("{cell:>12}")).collect::<String>());
            writeln!(csv, "{}", cells.join(","))?;
        }
    }
    println!("written to target/bench/whole.csv");
    Ok(())
}

fn rows() -> Vec<Row> {
    let row = |pool, firing, threads| Row {
        pool,
        kind: Kind::If,
        firing,
        threads,
        copy: None,
        loihi: false,
    };
    let rates = [0.01, 0.03, 0.06, 0.12];
    let mut rows: Vec<Row> = rates.map(|firing| row(Pool::Average, firing, 1)).into();
    rows.push(row(Pool::Average, 0.06, 2));
    rows.extend([PoolKind::Gate, PoolKind::Telescoping].map(|kind| row(Pool::Unit(kind), 0.06, 1)));
    let portable =
        |firing| Row { copy: Some(Instructions::Portable), ..row(Pool::Average, firing, 1) };
    rows.extend([0.01, 0.06, 0.12].map(portable));
    rows.push(Row { loihi: true, ..row(Pool::Average, 0.06, 1) });
    for kind in [Kind::Tracking, Kind::Curve] {
        rows.push(Row { kind, ..row(Pool::Average, 0.06, 1) });
    }
    rows
}

/// First argument of a process that runs one row: its name and the thresholds of its layers follow.
pub const ROW: &str = "row";

/// Prints the figures of a row.
pub fn run_row(name: &str, thresholds: &str) -> Result<(), Box<dyn Error>> {
    let row = rows().into_iter().find(|row| row.cells().join("-") == name).ok_or("no such row")?;
    let thresholds: Vec<i32> = thresholds.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let threads = rayon::ThreadPoolBuilder::new().num_threads(row.threads).build()?;
    Instructions::limit(row.copy);
    let figures =
        threads.install(|| figures(&row, &thresholds)).map_err(|error| error.to_string())?;
    println!("{}", figures.join(","));
    Ok(())
}

/// Processor time where that of one thread is asked for.
fn seconds(clock: &Clock, start: &Instant, threads: usize) -> f64 {
    if threads == 1 { clock.seconds() } else { start.elapsed().as_secs_f64() }
}

fn figures(row: &Row, thresholds: &[i32]) -> Result<Vec<String>, String> {
    let (network, currents) = network(row.pool, row.kind);
    let mut retimed = retime(&network, None);
    drop(network);
    units(&mut retimed).zip(thresholds).for_each(|(unit, &threshold)| set(unit, threshold));
    let begin = Instant::now();
    let mut profile = profile::load("loihi1-davies2018").map_err(|e| e.to_string())?;
    if !row.loihi {
        profile.limits.synapse_memory_bits_per_core = None;
        (profile.limits.axons_in_per_core, profile.limits.axons_out_per_core) = (None, None);
        profile.capabilities.signed_spikes = SignedSpikes::Native;
    }
    let mapping = mapping::map(&retimed.network, &profile, true).map_err(|e| e.to_string())?;
    let mapped = begin.elapsed().as_secs_f64();
    let stopwatch = Stopwatch::default();
    let options = Options { stopwatch: Some(&stopwatch), heads_only: true, ..Options::default() };
    let stop = Stop { steps: STEPS, readout_after: 0 };
    let (clock, start, mut ends) = (Clock::start(), Instant::now(), vec![]);
    let run = run(&retimed, &currents, &mapping, &profile, options, stop, || {
        let [scatter, update, lists, counts] = stopwatch.read();
        ends.push([seconds(&clock, &start, row.threads), scatter, update, lists, counts]);
    });
    let run = run.map_err(|e| e.to_string())?;
    // Counted from 0; in all of them every population is active.
    let full = STEPS - TIMED..STEPS;
    if retimed.depth > full.start {
        return Err(format!(
            "a network of depth {} is not whole in step {}",
            retimed.depth, full.start
        ));
    }
    let ended = |step: usize| if step == 0 { [0.0; 5] } else { ends[step - 1] };
    let (from, to) = (ended(full.start), ended(full.end));
    let mean: [f64; 5] = std::array::from_fn(|part| (to[part] - from[part]) / full.len() as f64);
    let counts = run.activity.steps[full.clone()].iter().map(|step| &step.counts);
    let each = |sum: u64| sum as f64 / full.len() as f64;
    let operations = each(counts.clone().map(|c| c.synaptic_operations.iter().sum::<u64>()).sum());
    let events = each(counts.map(|c| c.events).sum());
    let spiking = retimed.network.populations.iter().filter(|p| fires(&p.model));
    let neurons: usize = spiking.map(|p| p.shape.neurons()).sum();
    let mut cells = vec![format!("{:.4}", events / neurons as f64), format!("{mapped:.2}")];
    cells.extend(mean.iter().map(|seconds| format!("{:.2}", seconds * 1e3)));
    cells.push(format!("{:.1}", operations / 1e6));
    cells.push(super::peak_memory_mb().map_or("unknown".into(), |mb| format!("{mb:.0}")));
    Ok(cells)
}

fn fires(model: &Model) -> bool {
    matches!(model, Model::If(_) | Model::Tracking(_) | Model::Curve(_))
}

/// Units that fire, layer by layer.
fn units(retimed: &mut Retimed) -> impl Iterator<Item = &mut Model> {
    let models = retimed.network.populations.iter_mut().map(|population| &mut population.model);
    models.filter(|model| fires(model))
}

/// Moves the thresholds until each layer fires at `rate`, and gives them.
fn calibrate(retimed: &mut Retimed, currents: &[Option<Fed>], rate: f64) -> Vec<i32> {
    for _ in 0..14 {
        let network = &retimed.network;
        let mut events = vec![0u64; network.populations.len()];
        each_step(retimed, currents, FOUND, &[], |observed| {
            for o in observed {
                if o.step > network.populations[o.population].depth + FOUND / 3 {
                    events[o.population] += o.spikes.events(0, o.spikes.positions());
                }
            }
        });
        let steps = (FOUND - FOUND / 3) as f64;
        for (population, &events) in retimed.network.populations.iter_mut().zip(&events) {
            if !fires(&population.model) {
                continue;
            }
            let unit = &mut population.model;
            let reached = events as f64 / (population.shape.neurons() as f64 * steps);
            let factor = (reached / rate).clamp(0.2, 5.0).powf(0.8);
            let threshold = (f64::from(threshold(unit)) * factor).round().clamp(8.0, 1e7) as i32;
            set(unit, threshold);
        }
    }
    units(retimed).map(|unit| threshold(unit)).collect()
}

/// Membrane units of a spike.
fn threshold(model: &Model) -> i32 {
    match model {
        Model::If(unit) => unit.fire_above[0],
        Model::Tracking(unit) => unit.above[0],
        // As `set` has left it.
        Model::Curve(curve) => -curve.from[0] / SPIKES,
        _ => 0,
    }
}

/// Mean input to both sides of zero that a curve's table holds, in thresholds.
const SPIKES: i32 = 4;
const SEGMENTS: usize = 64;

/// Negative thresholds are ten times the positive ones; tracking units have none.
fn set(model: &mut Model, threshold: i32) {
    let unit = match model {
        Model::If(unit) => unit,
        Model::Tracking(unit) => return unit.above.fill(threshold),
        Model::Curve(curve) => return bend(curve, threshold),
        _ => return,
    };
    unit.fire_above.fill(threshold);
    unit.reset_above.fill(threshold);
    unit.fire_below.fill(10 * threshold);
    unit.reset_below.fill(10 * threshold);
    unit.initial.fill(threshold / 2);
}

/// A SiLU that gives a spike for each threshold of a large input.
fn bend(curve: &mut Curve, threshold: i32) {
    let from = -SPIKES * threshold;
    // As narrow as segments may be to reach as far up.
    let width = (from.unsigned_abs() as usize * 2).div_ceil(SEGMENTS).next_power_of_two().ilog2();
    curve.from.fill(from);
    curve.width.fill(width as u8);
    let knot = |n: usize| {
        let x = (from + ((n as i32) << width)) as f64 / f64::from(threshold);
        // Bent within some tenths of a spike.
        (x / (1.0 + (-6.0 * x).exp()) * f64::from(1 << Curve::FRACTION)).round() as i32
    };
    let row: Vec<i32> = (0..=SEGMENTS).map(knot).collect();
    curve.knots = row.repeat(curve.from.len());
}

fn network(pool: Pool, kind: Kind) -> (Network, Vec<Option<Fed>>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let (populations, projections) = (vec![], vec![]);
    let mut network = Network {
        name: "tiny".into(),
        weight_bits: 8,
        populations,
        projections,
        heads: vec![],
        first_phase: None,
    };
    let mut shape = Shape { height: SIDE, width: SIDE, channels: 16 };
    push(&mut network, "layer1".into(), shape, layer(16, kind));
    network.populations[0].analogue = true;
    let current = (0..shape.neurons()).map(|_| rng.random_range(-100..300)).collect();
    for (n, channels) in CHANNELS.into_iter().enumerate() {
        let (mut window, name) = (SAME, n + 2);
        let inputs = shape.channels;
        if n < 5 {
            shape = Shape { height: shape.height / 2, width: shape.width / 2, ..shape };
            match pool {
                Pool::Average => {
                    window = Window { kernel: [6, 6], stride: [2, 2], pad: [2, 2], ..SAME }
                }
                Pool::Unit(kind) => {
                    let window =
                        Window { kernel: [2, 2], stride: [2, 2], pad: [0, 0], dilation: [1, 1] };
                    push(&mut network, format!("pool{}", n + 1), shape, Model::Pool(kind));
                    connect(&mut network, Connection::Pool(window));
                }
            }
        }
        shape.channels = channels;
        push(&mut network, format!("layer{name}"), shape, layer(channels, kind));
        // Under a folded average every weight serves the 2 x 2 cells of a window.
        let scale = window.kernel[0] / 3;
        let base: Vec<i8> =
            (0..9 * inputs * channels).map(|_| rng.random_range(-100..=100)).collect();
        let rows = (0..window.kernel[0])
            .flat_map(|y| (0..window.kernel[1]).map(move |x| (y / scale) * 3 + x / scale));
        let row = inputs * channels;
        let weights =
            rows.flat_map(|tap| base[tap * row..(tap + 1) * row].iter().copied()).collect();
        connect(&mut network, conv(inputs, window, weights));
    }
    let window = Window { kernel: [1, 1], pad: [0, 0], ..SAME };
    let inputs = shape.channels;
    let weights = (0..inputs * 125).map(|_| rng.random_range(-100..=100)).collect();
    let readout = Readout { bias: vec![0; 125], shift: vec![0; 125] };
    push(&mut network, "head".into(), Shape { channels: 125, ..shape }, Model::Readout(readout));
    connect(&mut network, conv(inputs, window, weights));
    let population = network.populations.len() - 1;
    network.heads.push(Head { name: "head".into(), population, scale: vec![1.0; 125] });
    let mut currents = vec![None; network.populations.len()];
    currents[0] = Some(current);
    (network.packed(), currents)
}

fn push(network: &mut Network, name: String, shape: Shape, model: Model) {
    network.populations.push(Population { name, shape, model, analogue: false, depth: 0 });
}

/// From the last population but one to the last.
fn connect(network: &mut Network, connection: Connection) {
    let target = network.populations.len() - 1;
    network.projections.push(Projection { source: target - 1, target, connection, delay: 1 });
}

fn conv(inputs: usize, window: Window, weights: Vec<i8>) -> Connection {
    let (weights, negative) = (Weights::Bytes(weights.into()), Weights::default());
    Connection::Conv(Conv {
        inputs: 0..inputs,
        window,
        groups: 1,
        upsample: [1, 1],
        weights,
        negative,
    })
}

fn layer(channels: usize, kind: Kind) -> Model {
    let mut model = match kind {
        Kind::If => plain(channels),
        Kind::Tracking => Model::Tracking(Tracking {
            above: vec![0; channels],
            below: vec![NEVER; channels],
            bias: vec![5; channels],
            shift: vec![0; channels],
            most_up: 15,
            most_down: 15,
            saturation: i32::MAX,
        }),
        Kind::Curve => Model::Curve(Curve {
            from: vec![0; channels],
            width: vec![0; channels],
            knots: vec![],
            segments: SEGMENTS,
            bias: vec![5; channels],
            shift: vec![0; channels],
            most_up: 15,
            most_down: 15,
            saturation: i32::MAX,
        }),
    };
    set(&mut model, 1000);
    model
}

fn plain(channels: usize) -> Model {
    Model::If(IntegrateFire {
        fire_above: vec![0; channels],
        reset_above: vec![0; channels],
        fire_below: vec![0; channels],
        reset_below: vec![0; channels],
        initial: vec![0; channels],
        bias: vec![5; channels],
        shift: vec![0; channels],
        burst: 1,
        saturation: i32::MAX,
    })
}
