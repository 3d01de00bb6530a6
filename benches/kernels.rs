//! The inner loops one by one: `cargo bench --bench kernels`.
//!
//! Every layer of the network of `whole` takes and gathers the spikes of eight steps, band by band
//! as the engine does, at several rates of firing. A synapse is a byte of weights, so that what a
//! kernel delivers is a share of what the second-level cache can stream, which is measured in the
//! same run. Shares beyond 1 come from the first-level cache. Then the queue of events alone:
//! wake-ups that are scheduled and come, of many units with random delays.

#[path = "common/mod.rs"]
mod common;

use common::{Table, one_thread, shortest};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::Window;
use spikemesh::engine::spikes::{Spike, SpikeList};
use spikemesh::engine::wheel::Wheel;
use spikemesh::kernel::{self, Field, Instructions, Place, Pulling};
use spikemesh::snn::{Conv, Shape, Weights};
use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;

/// Height and width of the source, channels of source and target, stride: that of a folded average
/// pool is 2.
const LAYERS: [[usize; 4]; 8] = [
    [416, 16, 32, 2],
    [208, 32, 64, 2],
    [104, 64, 128, 2],
    [52, 128, 256, 2],
    [26, 256, 512, 2],
    [13, 512, 1024, 1],
    [13, 1024, 1024, 1],
    [13, 1024, 125, 1],
];
const STEPS: usize = 8;

/// Bytes per second that can be read again and again of half a megabyte.
fn stream() -> f64 {
    let values = vec![1u64; 64 * 1024];
    // The clock of a thread moves by milliseconds.
    let times = 100_000;
    let read =
        || Ok::<_, Infallible>((0..times).map(|_| kernel::total(black_box(&values))).sum::<u64>());
    let Ok((seconds, _)) = shortest(5, read);
    (times * size_of_val(&values[..])) as f64 / seconds
}

struct Layer {
    name: String,
    source: Shape,
    target: Shape,
    conv: Conv,
    field: Field,
}

fn layer([side, inputs, outputs, stride]: [usize; 4], last: bool) -> Option<Layer> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let kernel = if last { 1 } else { 3 * stride };
    let pad = if last { 0 } else { stride };
    let window =
        Window { kernel: [kernel; 2], stride: [stride; 2], pad: [pad; 2], dilation: [1, 1] };
    let base: Vec<i8> = (0..9 * inputs * outputs).map(|_| rng.random_range(-100..=100)).collect();
    let row = inputs * outputs;
    let taps = (0..kernel).flat_map(|y| (0..kernel).map(move |x| y / stride * 3 + x / stride));
    let weights: Vec<i8> =
        taps.flat_map(|tap| base[tap * row..(tap + 1) * row].iter().copied()).collect();
    let (weights, negative) = (Weights::Bytes(weights.into()), Weights::default());
    let conv = Conv { inputs: 0..inputs, window, groups: 1, upsample: [1, 1], weights, negative };
    let source = Shape { height: side, width: side, channels: inputs };
    let target = Shape { height: side / stride, width: side / stride, channels: outputs };
    let field = Field::new(&conv, source, outputs)?;
    Some(Layer {
        name: format!("{side} x {side} x {inputs} to {outputs}"),
        source,
        target,
        conv,
        field,
    })
}

/// Single spikes, one in eleven of them negative.
fn spikes(shape: Shape, firing: f64) -> SpikeList {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut list = SpikeList::silent(0);
    for _ in 0..shape.positions() {
        for c in 0..shape.channels {
            if rng.random_bool(firing) {
                list.push(Spike::new(c, if rng.random_ratio(1, 11) { -1 } else { 1 }));
            }
        }
        list.end_position();
    }
    list
}

impl Layer {
    /// Synaptic operations of `spikes`.
    fn operations(&self, spikes: &SpikeList) -> u64 {
        let axis = |at: usize, size: usize| {
            let Window { kernel, stride, pad, .. } = self.conv.window;
            let reads =
                |o: &usize| (o * stride[0]..o * stride[0] + kernel[0]).contains(&(at + pad[0]));
            (0..size).filter(reads).count() as u64
        };
        let each = (0..self.source.positions()).map(|position| {
            let [y, x] = [position / self.source.width, position % self.source.width];
            spikes.events(position, position + 1)
                * axis(y, self.target.height)
                * axis(x, self.target.width)
        });
        each.sum::<u64>() * self.target.channels as u64
    }

    /// Some steps, as a population runs them.
    fn steps(
        &self,
        instructions: Instructions,
        spikes: &SpikeList,
        sums: &mut Vec<i32>,
        pulling: &mut Pulling,
    ) {
        let Shape { height, width, channels } = self.target;
        let strips = channels >= 256;
        let rows = if strips { height } else { (48 * 1024 / (width * channels)).clamp(1, height) };
        let stretch = if strips { 128 } else { channels };
        for outputs in (0..channels).step_by(stretch).map(|c| c..(c + stretch).min(channels)) {
            for rows in (0..height).step_by(rows).map(|y| y..(y + rows).min(height)) {
                let mut chunk = (4096 / outputs.len()).max(1);
                if self.field.by_rows() {
                    chunk = (chunk / width).max(1) * width;
                }
                for _ in 0..STEPS {
                    self.field.take(instructions, spikes, rows.clone(), pulling);
                    let positions = rows.start * width..rows.end * width;
                    for first in positions.clone().step_by(chunk) {
                        let positions = first..(first + chunk).min(positions.end);
                        sums.clear();
                        sums.resize(positions.len() * outputs.len(), 0);
                        let mut touched = [0; 4096];
                        let touched = &mut touched[..positions.len()];
                        let place = Place { positions, width, outputs: outputs.clone() };
                        self.field.gather(spikes, &place, sums, touched, pulling);
                        black_box(&sums);
                    }
                }
            }
        }
    }
}

/// Wake-ups per second of `units` that come again after up to `longest` ticks.
fn queue(units: u32, longest: u64) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let delays: Vec<u64> = (0..4096).map(|_| rng.random_range(1..=longest)).collect();
    let events = 100_000_000;
    let Ok((seconds, _)) = shortest(3, || {
        let mut wheel = Wheel::default();
        wheel.reset(longest);
        (0..units).for_each(|unit| wheel.schedule(unit, delays[unit as usize % 4096]));
        let mut last = 0;
        for n in 0..events {
            let Some((now, unit)) = wheel.pop() else { break };
            wheel.schedule(unit, now + delays[n % 4096]);
            last = now;
        }
        Ok::<_, Infallible>(last)
    });
    events as f64 / seconds
}

/// All layers at all rates, by every set of instructions: a table, and the same as
/// `target/bench/kernels.csv`.
fn layers(limit: f64) -> Result<(), Box<dyn Error>> {
    let mut file = csv::Writer::from_path(common::folder()?.join("kernels.csv"))?;
    let mut write = |cells: [String; 5]| {
        println!(
            "{:24} {:>8} {:>9} {:>16} {:>16}",
            cells[0], cells[1], cells[2], cells[3], cells[4]
        );
        file.write_record(&cells)
    };
    write(["layer", "firing", "kernels", "g_operations_s", "share_of_stream"].map(String::from))?;
    for (n, shape) in LAYERS.into_iter().enumerate() {
        let layer = layer(shape, n + 1 == LAYERS.len()).ok_or("a layer that is no field")?;
        for firing in [0.01, 0.06, 0.12] {
            let spikes = spikes(layer.source, firing);
            let operations = (layer.operations(&spikes) * STEPS as u64) as f64;
            let times = (8e9 / operations).ceil().clamp(1.0, 1000.0) as usize;
            for instructions in Instructions::all() {
                let (mut sums, mut pulling) = (vec![], Pulling::default());
                let Ok((seconds, ())) = shortest(3, || {
                    (0..times)
                        .for_each(|_| layer.steps(instructions, &spikes, &mut sums, &mut pulling));
                    Ok::<_, Infallible>(())
                });
                let rate = operations * times as f64 / seconds;
                let [rate, share] = [format!("{:.1}", rate / 1e9), format!("{:.2}", rate / limit)];
                let kernels = format!("{instructions:?}").to_lowercase();
                write([layer.name.clone(), firing.to_string(), kernels, rate, share])?;
            }
        }
    }
    Ok(file.flush()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    one_thread()?;
    let limit = stream();
    layers(limit)?;
    let mut table = Table::default();
    table.row("second-level cache, stream: GB/s", format!("{:.0}", limit / 1e9), "", "");
    for [units, longest] in [[1000, 64], [100_000, 64], [100_000, 4000]] {
        let rate = format!("{:.0}", queue(units as u32, longest) / 1e6);
        table.row(
            &format!("queue, {units} units, up to {longest} ticks: M events/s"),
            rate,
            "",
            "",
        );
    }
    table.finish("queue")
}
