//! One long emulation, read on its way, against emulations that stop there.

use crate::functional::random_network;
use crate::mapping::profile;

use spikemesh::engine::chip::{self, Geometry, Placed, Stop};
use spikemesh::engine::{Options, Timing};
use spikemesh::mapping::map;
use spikemesh::profile::Limits;
use spikemesh::snn::PoolKind;
use spikemesh::snn::retime::retime;

const STOPS: [usize; 4] = [1, 2, 5, 9];

fn check(seed: u64, timing: Timing) -> u64 {
    let (network, currents) = random_network(seed, 0.1, 2, PoolKind::Gate);
    let retimed = retime(&network, Some(3));
    let placed = retimed.reorder(&network, currents);
    let profile = profile(Limits { neurons_per_core: Some(24), ..Limits::default() });
    let mapping = map(&retimed.network, &profile, false).unwrap();
    let options = Options { timing, record_spikes: true, ..Options::default() };
    let stops = STOPS.map(|steps| Stop { steps, readout_after: steps / 2 });
    let geometry = &Geometry::new(&retimed.network, &mapping, &profile);
    let on_chip = Placed { retimed: &retimed, mapping: &mapping, profile: &profile, geometry };
    let whole = chip::checkpoints(on_chip, &placed, options, &stops, || ()).unwrap();
    assert_eq!(whole.len(), STOPS.len());
    for (stop, read) in stops.into_iter().zip(&whole) {
        let alone = chip::run(&retimed, &placed, &mapping, &profile, options, stop, || ()).unwrap();
        assert_eq!(*read, alone, "seed {seed}, {stop:?}");
    }
    whole[3].activity.steps.iter().map(|step| step.counts.spikes).sum()
}

#[test]
fn every_checkpoint_equals_a_run_that_stops_there() {
    for timing in [Timing::Analytic, Timing::Links, Timing::Sampled, Timing::Event] {
        let spikes: u64 = (0..10).map(|seed| check(seed, timing)).sum();
        assert!(spikes > 1000, "too quiet to tell anything: {spikes}");
    }
}
