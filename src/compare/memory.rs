//! Accounting 4: arithmetic and memory, priced by the size of the memory, for both sides.
//!
//! Both sides are billed alike: what a unit of work reads, from a memory of the size that it lies
//! in, with a band for how often a word is used once it has been read.

use super::arithmetic::quantised_mac_pj;
use super::{Line, Spiking, Workload, joined};
use crate::baseline::{Baseline, Basis, Precision};
use crate::energy::Band;
use crate::profile::UpdateRule;

/// Bytes of an SRAM, and picojoules per access of 64 bits at 45 nm.
const SRAM: [(f64, f64); 3] = [(8192.0, 10.0), (32768.0, 20.0), (1048576.0, 100.0)];

/// Picojoules per 64 bits of DRAM.
const DRAM: Band = Band { low: 1300.0, nominal: 1950.0, high: 2600.0 };

/// Bytes of a membrane, a partial sum or an address.
const WORD: f64 = 4.0;

/// Products that one operand serves once it has been read: an array of 16 x 16; of 256 x 256; none.
const REUSE: Band = Band { low: 256.0, nominal: 16.0, high: 1.0 };

/// Bytes of the buffer that an array of multipliers reads.
const BUFFER: f64 = 8192.0;

/// The largest bank; larger memories are made of several, and the wires between are not counted.
const BANK: f64 = 1048576.0;

const SOURCE: &str = "SRAM of 8, 32, 1024 KB at 10, 20, 100 pJ per 64 bits (Horowitz 2014 by way \
                      of Jouppi et al. 2021, second hand), log-log between, larger ones as banks \
                      of 1 MB";

/// Picojoules per access of 64 bits to an SRAM of `bytes`: straight lines between the known sizes
/// on logarithmic axes, constant outside.
///
/// ```
/// use spikemesh::compare::sram_pj;
/// assert_eq!([1000.0, 8192.0, 1e9].map(sram_pj), [10.0, 10.0, 100.0]);
/// assert!((sram_pj(16384.0) - 200f64.sqrt()).abs() < 1e-12);
/// ```
pub fn sram_pj(bytes: f64) -> f64 {
    for pair in SRAM.windows(2) {
        let [(small, cheap), (large, dear)] = [pair[0], pair[1]];
        if bytes <= small {
            return cheap;
        }
        if bytes <= large {
            return cheap * (dear / cheap).powf((bytes / small).ln() / (large / small).ln());
        }
    }
    SRAM[SRAM.len() - 1].1
}

/// Picojoules of moving one byte.
fn sram_byte(bytes: f64) -> f64 {
    sram_pj(bytes) / 8.0
}

/// A weight per synaptic operation, a membrane read and written per update (high: per operation),
/// an address written and read per packet.
pub(super) fn of_spiking(chip: &Spiking) -> Line {
    let limits = &chip.profile.limits;
    let synapses =
        limits.synapse_memory_bits_per_core.map_or(chip.core_bytes, |bits| bits / 8) as f64;
    let states = limits.neurons_per_core.unwrap_or(chip.core_neurons) as f64 * WORD;
    let weight_bytes = f64::from(limits.weight_bits.unwrap_or(8).min(8)) / 8.0;
    let operations = chip.operations();
    let updates = chip.mean(chip.counts.updates(UpdateRule::Input).iter().sum());
    let sums = operations * 0.1;
    let weights = operations * weight_bytes * sram_byte(synapses);
    let state = |count: f64| count * 2.0 * WORD * sram_byte(states);
    let packets = chip.mean(chip.counts.packets) * 2.0 * WORD * sram_byte(BUFFER);
    let input = input_layer(chip);
    let energy = |times: f64, input: f64| sums + weights + state(times) + packets + input;
    let source = format!(
        "SOP x (0.1 pJ + {weight_bytes} bytes of weight from {} KB) + membrane read and written \
         per update (high end: per SOP) in {} KB + address written and read per packet + input \
         layer in fp32; {SOURCE}",
        (synapses / 1024.0).round(),
        (states / 1024.0).round(),
    );
    Line {
        scope: "arithmetic + memory".into(),
        energy_pj: Some(Band {
            low: energy(updates.min(operations), input.low),
            nominal: energy(updates.min(operations), input.nominal),
            high: energy(operations, input.high),
        }),
        latency_ps: None,
        operations: Some(operations),
        basis: "published + assumed".into(),
        source: chip.noted(source),
    }
}

/// The analogue input layer is computed outside the chip, in floats.
fn input_layer(chip: &Spiking) -> Band {
    let writes = chip.mean(chip.input_writes) * WORD * sram_byte(BUFFER);
    products(chip.mean(chip.input_macs), 4.6, WORD, WORD) + Band::exactly(writes)
}

/// Multiply-accumulates and their operands, of so many bytes, out of the buffer.
fn products(macs: f64, mac_pj: f64, weight: f64, activation: f64) -> Band {
    let operands = macs * (weight + activation) * sram_byte(BUFFER);
    let energy = |reuse: f64| macs * mac_pj + operands / reuse;
    Band { low: energy(REUSE.low), nominal: energy(REUSE.nominal), high: energy(REUSE.high) }
}

fn mac_pj(precision: Precision) -> f64 {
    match precision {
        Precision::Fp32 => 4.6,
        Precision::Fp16 => 1.5,
        Precision::Int8 => 0.23,
        // As the product of a quantised network.
        Precision::Int4 => quantised_mac_pj(4) / 2.0,
    }
}

/// Operands out of a buffer, and every tensor once out of the memory that it lies in.
pub(super) fn of_baseline(workload: &Workload, device: &Baseline) -> Line {
    let first = device.peaks.first().map(|peak| peak.precision);
    let precision =
        first.or(device.rates.first().map(|rate| rate.precision)).unwrap_or(Precision::Fp32);
    let bytes = f64::from(precision.bits()) / 8.0;
    let work = &workload.work;
    let held = device.on_chip_kb.as_ref().map_or(0.0, |figure| figure.nominal * 1024.0);
    let [weights, largest] =
        [work.weights(), work.largest_layer()].map(|count| count as f64 * bytes);
    let moved = |amount: f64, fits: bool| match fits {
        true => Band::exactly(amount * sram_byte(BANK)),
        false => DRAM * (amount / 8.0),
    };
    // Activations first: they are needed again at once.
    let (activations_fit, weights_fit) = (largest <= held, largest + weights <= held);
    // What is on the chip stays there from step to step.
    let passes = |fits: bool| if fits { 1.0 } else { work.passes as f64 };
    let place = |fits: bool| if fits { "the chip" } else { "DRAM" };
    let known = [Basis::Published, Basis::Assumed];
    let from_dram = (!(activations_fit && weights_fit)).then_some(Basis::Memory);
    let macs = work.macs() as f64;
    let energy = products(macs, mac_pj(precision), bytes, bytes)
        + moved(weights * passes(weights_fit), weights_fit)
        + moved(work.activations() as f64 * bytes, activations_fit);
    let dram = if activations_fit && weights_fit {
        ""
    } else {
        "; DRAM 1.3 to 2.6 nJ per 64 bits, from memory, unverified"
    };
    Line {
        scope: format!("arithmetic + memory, {}", precision.name()),
        energy_pj: Some(energy),
        latency_ps: None,
        operations: Some(macs),
        basis: joined(
            known.into_iter().chain(from_dram).chain(device.on_chip_kb.iter().map(|kb| kb.basis)),
        ),
        source: format!(
            "MAC x {} pJ + two operands per 16 MAC (1 to 256) from 8 KB + weights {} from {} + \
             activations {} from {}; {SOURCE}{dram}",
            mac_pj(precision),
            times(passes(weights_fit)),
            place(weights_fit),
            times(work.passes as f64),
            place(activations_fit),
        ),
    }
}

fn times(passes: f64) -> String {
    if passes == 1.0 { "once".into() } else { format!("{passes} times") }
}

/// As a device of 8 bits whose memory holds everything, as a neuromorphic chip's does.
pub(super) fn of_quantised(workload: &Workload, bits: u32) -> Line {
    let work = &workload.work;
    let (macs, activation) = (work.macs() as f64, f64::from(bits) / 8.0);
    let tensors = work.weights() as f64 + work.activations() as f64 * activation;
    Line {
        scope: "arithmetic + memory".into(),
        energy_pj: Some(
            products(macs, quantised_mac_pj(bits), 1.0, activation)
                + Band::exactly(tensors * sram_byte(BANK)),
        ),
        latency_ps: None,
        operations: Some(macs),
        basis: "published + assumed".into(),
        source: format!(
            "MAC x {} pJ + two operands per 16 MAC (1 to 256) from 8 KB + every tensor once from \
             the chip; {SOURCE}",
            quantised_mac_pj(bits)
        ),
    }
}
