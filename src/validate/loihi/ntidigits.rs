//! Spoken digits from a silicon cochlea.

use super::super::network::{Builder, Population, Rate, core};
use super::super::{Case, Error, Row};
use super::{
    CORES_PER_TILE, Predicted, STEPS, UNKNOWN_RATES, bracket, cores, processor, profiles, step,
};
use crate::energy::Band;
use crate::profile::{Between, Profile, Sync};
use crate::snn::sparse::SparseNetwork;

/// Copies of the network on a chip, cores of a copy, and copies that one core feeds.
const COPIES: usize = 20;
const CORES: usize = 6;
const FED: usize = 3;

const CHIPS: u64 = 32;
const TILES_PER_CHIP: u64 = 32;
const PROCESSORS: f64 = 3.0;

/// All copies of a chip. Spikes come in once; every third copy has a core that repeats them.
fn network(rate: Rate) -> SparseNetwork {
    let mut builder = Builder::default();
    let first_repeater = COPIES * CORES;
    let repeaters = COPIES.div_ceil(FED);
    let inputs =
        builder.injected(64, rate, STEPS, core(first_repeater + repeaters, CORES_PER_TILE));
    let mut repeater = inputs.clone();
    for copy in 0..COPIES {
        if copy.is_multiple_of(FED) {
            let number = first_repeater + copy / FED;
            repeater = builder.lif(64, rate, "dense", &cores(number..number + 1));
            one_to_one(&mut builder, &inputs, &repeater);
        }
        let first = copy * CORES;
        let mut from = builder.lif(64, rate, "dense", &cores(first..first + 1));
        one_to_one(&mut builder, &repeater, &from);
        for (neurons, own) in [(256, 1..3), (256, 3..5), (242, 5..6)] {
            let own = cores(first + own.start..first + own.end);
            let to = builder.lif(neurons, rate, "dense", &own);
            builder.dense(&from, &to);
            from = to;
        }
    }
    builder.finish()
}

fn one_to_one(builder: &mut Builder, from: &Population, to: &Population) {
    from.clone().zip(to.clone()).for_each(|(pre, post)| builder.connect(pre, post));
}

/// The chip with the barrier of all chips of the board.
fn on_board(mut profile: Profile) -> Profile {
    if let Sync::Barrier { points, between } = &mut profile.clock.sync {
        let tiles = CHIPS * TILES_PER_CHIP;
        let below = points.iter().rfind(|(from, _)| *from <= tiles).copied();
        let above = points.iter().find(|(from, _)| *from > tiles).copied();
        let cost_ns = match (below, above, &between) {
            (Some((from, least)), Some((to, most)), Between::Linear) => {
                least + (most - least) * (tiles - from) as f64 / (to - from) as f64
            }
            (below, ..) => below.map_or(0.0, |(_, cost_ns)| cost_ns),
        };
        *points = vec![(1, cost_ns)];
    }
    profile
}

pub(in super::super) fn case() -> Result<Case, Error> {
    let energies = "Intel notebook on N-TIDIGITS: 10.89 mW dynamic per copy; less three processors \
                    of 18 mW a chip, shared by 20 copies, 136 nJ a step, derived";
    let times = "Intel notebook on N-TIDIGITS: 17.63 us per step, processors included";
    let share = 1.0 / COPIES as f64;
    let mut rows = vec![];
    for profile in profiles()?.map(on_board) {
        let step = step(&profile, network)?;
        let Predicted { band, mut drivers } = step.energy;
        drivers.iter_mut().for_each(|driver| {
            driver.low *= share;
            driver.high *= share;
        });
        let row = bracket(
            &profile,
            ("dynamic energy of a step, one copy", "nJ"),
            136.0,
            band * share,
            energies,
        );
        rows.push(Row { drivers, ..row });
        let Predicted { band, drivers } = step.time;
        let beside = [0.01, 0.045, 0.2].map(|rate| processor(&profile, 64.0 * rate / PROCESSORS));
        let processors =
            Band { low: beside[0].low, nominal: beside[1].nominal, high: beside[2].high };
        let quantity = ("time of a step, cores and processors", "us");
        let row = bracket(&profile, quantity, 17.63, band + processors, times);
        rows.push(Row { drivers, ..row });
    }
    Ok(Case {
        name: "loihi-ntidigits",
        title: "Loihi 1, spoken digits (N-TIDIGITS)",
        network: format!(
            "20 copies on one of 32 chips: 64 inputs on a core, then 256, 256 and 242 neurons on \
             2, 2 and 1 cores, all connected from layer to layer; 7 cores repeat the inputs, each \
             for 3 copies; {STEPS} steps"
        ),
        assumptions: UNKNOWN_RATES,
        remark: "The barrier is that of 32 chips on the profile's line. Three processors a chip \
                 share the inputs, which are injected once a chip. Delays of synapses change no \
                 count. Inputs that move a time are those of the cores.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}
