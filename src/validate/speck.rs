//! Speck: the time of one event through nine layers.

pub(super) mod power;
pub(super) mod recorded;

use super::{Case, Error, Kind, Row, Test};
use crate::ann::Window;
use crate::energy::Band;
use crate::engine::asynchronous::{self, Options};
use crate::engine::chip::Stop;
use crate::profile;
use crate::snn::{
    Connection, Conv, Head, IntegrateFire, Model, NEVER, Network, Population, Projection, Shape,
    Weights,
};
use crate::{mapping, pipeline};

/// Layers of the chip, one on each of its cores.
const LAYERS: usize = 9;
/// Channels of a layer, on an image of as many positions a side.
const SIDE: usize = 8;

/// One event at the input, and when the ninth layer answers.
pub(super) fn latency() -> Result<Case, Error> {
    let profile = profile::load("speck")?;
    let network = network();
    let mapping = mapping::map(&network, &profile, false).map_err(pipeline::Error::from)?;
    let mut currents = vec![None; LAYERS];
    currents[0] = Some((0..SIDE * SIDE * SIDE).map(|neuron| i32::from(neuron == 0)).collect());
    // One presentation: when the next would come does not matter.
    let options = Options { period_ns: 1e6, record_spikes: false, probed: &[] };
    let stop = Stop { steps: 1, readout_after: 0 };
    let run = asynchronous::run(&network, &currents, &mapping, &profile, options, stop, || ());
    let activity = run.map_err(pipeline::Error::from)?.activity;
    let row = Row {
        kind: Kind::Fitted,
        profile: profile.name,
        quantity: "first output after one input event".into(),
        unit: "us",
        measured: 3.36,
        predicted: Band::exactly(activity.first_output_ps.unwrap_or(0) as f64 * 1e-6),
        test: Test::Tolerance(5.0),
        source: "abstract of the Speck paper: latency through nine layers",
        measured_within: 0.0,
        drivers: vec![],
    };
    Ok(Case {
        name: "speck-latency",
        title: "Speck, an event through nine layers",
        network: format!(
            "nine layers of {SIDE} x {SIDE} x {SIDE} neurons, convolutions of 1 x 1, one layer to \
             a core; one neuron of the first fires, and each event makes one neuron of the next \
             fire"
        ),
        assumptions: "Each layer answers at once; the profile gives a packet a ninth of the \
                      published time.",
        remark: "The latency of a packet was derived from this very figure: the row tests that an \
                 event passes nine cores one after the other, and that nothing is added on the \
                 way.",
        rows: vec![row],
        implied: vec![],
        notes: vec![],
    })
}

fn network() -> Network {
    let shape = Shape { height: SIDE, width: SIDE, channels: SIDE };
    let unit = IntegrateFire {
        fire_above: vec![1; SIDE],
        reset_above: vec![1; SIDE],
        fire_below: vec![NEVER; SIDE],
        reset_below: vec![NEVER; SIDE],
        initial: vec![0; SIDE],
        bias: vec![0; SIDE],
        shift: vec![0; SIDE],
        burst: 1,
        saturation: i32::from(i16::MAX),
    };
    let population = |n: usize| Population {
        name: format!("layer{}", n + 1),
        shape,
        model: Model::If(unit.clone()),
        analogue: n == 0,
        depth: 0,
    };
    let window = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };
    let conv = Conv {
        inputs: 0..SIDE,
        window,
        groups: 1,
        upsample: [1, 1],
        // Each channel to its own.
        weights: Weights::Bytes((0..SIDE * SIDE).map(|n| i8::from(n / SIDE == n % SIDE)).collect()),
        negative: Weights::default(),
    };
    let projection = |n: usize| Projection {
        source: n,
        target: n + 1,
        connection: Connection::Conv(conv.clone()),
        delay: 1,
    };
    Network {
        name: "nine layers".into(),
        weight_bits: 8,
        populations: (0..LAYERS).map(population).collect(),
        projections: (0..LAYERS - 1).map(projection).collect(),
        heads: vec![Head { name: "out".into(), population: LAYERS - 1, scale: vec![1.0; SIDE] }],
        first_phase: None,
    }
}
