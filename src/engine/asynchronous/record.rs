//! What is counted in a run without steps, period by period, and the activity that it becomes.

use crate::activity::{Activity, Histogram, SpikeRecord, Spikes, Step, StepTiming};
use crate::engine::chip::assemble::{self, SYNAPSE_CLASSES};
use crate::engine::flows;
use crate::engine::tally::Tally;
use crate::engine::traffic::Traffic;
use crate::mapping::Mapping;
use crate::snn::Class;
use crate::snn::{Network, PopulationId};
use std::collections::BTreeMap;

/// Stall and blocked time of links, by their two ends.
pub(super) type Stalls = BTreeMap<[[usize; 2]; 2], [u64; 2]>;

pub(super) struct Record {
    /// By core, what each layer there counted.
    cores: Vec<Vec<(PopulationId, Tally)>>,
    /// By period and population.
    periods: Vec<Vec<Tally>>,
    /// By population and cell: packets to each destination.
    pub copies: Vec<Vec<u64>>,
    /// By population, and period or position.
    spikes_per_period: Vec<Vec<u64>>,
    spikes_per_position: Vec<Vec<u64>>,
    pub saturations: u64,
    pub first_output_ps: Option<u64>,
    /// Every event, if asked for.
    pub spikes: Option<Spikes>,
}

impl Record {
    pub fn new(
        network: &Network,
        traffic: &[Traffic],
        cores: usize,
        periods: usize,
        spikes: bool,
    ) -> Record {
        let populations = network.populations.len();
        Record {
            cores: vec![vec![]; cores],
            periods: vec![vec![Tally::default(); populations]; periods],
            copies: traffic.iter().map(|t| vec![0; t.cells.len()]).collect(),
            spikes_per_period: vec![vec![0; periods]; populations],
            spikes_per_position: network
                .populations
                .iter()
                .map(|p| vec![0; p.shape.positions()])
                .collect(),
            saturations: 0,
            first_output_ps: None,
            spikes: spikes.then(Spikes::default),
        }
    }

    /// Events of `p` at a core.
    pub fn count(&mut self, core: usize, p: PopulationId, period: usize, tally: Tally) {
        self.periods[period][p] += tally;
        // Few layers share a core.
        let held = &mut self.cores[core];
        match held.iter_mut().find(|(layer, _)| *layer == p) {
            Some((_, sum)) => *sum += tally,
            None => held.push((p, tally)),
        }
    }

    /// One event of a neuron of `p`, at a position.
    pub fn fired(
        &mut self,
        p: PopulationId,
        [neuron, position]: [usize; 2],
        period: usize,
        count: i32,
    ) {
        let spikes = count.unsigned_abs();
        self.spikes_per_period[p][period] += u64::from(spikes);
        self.spikes_per_position[p][position] += u64::from(spikes);
        if let Some(record) = &mut self.spikes {
            let (step, layer) = (period as u32 + 1, p as i32);
            // No more than the burst of a unit.
            let count = count as i16;
            record.push(SpikeRecord { step, layer, neuron: neuron as u32, count });
        }
    }

    pub fn activity(
        self,
        (network, synapses): (&Network, &[usize]),
        mapping: &Mapping,
        traffic: &[Traffic],
        stalls: &Stalls,
        timings: Vec<StepTiming>,
        latencies: Histogram,
    ) -> Activity {
        let mut links = assemble::links(mapping, traffic, &self.copies).finish();
        let flows = flows::busiest(mapping, traffic, &self.copies);
        for link in &mut links {
            [link.stall_ps, link.blocked_ps] =
                stalls.get(&[link.from, link.to]).copied().unwrap_or_default();
        }
        let steps = self.steps([&assemble::classes(network), synapses], timings);
        let layers = self.layers();
        let spikes = self.spikes_per_period.into_iter().zip(self.spikes_per_position).enumerate();
        let layer = |(p, (period, position))| {
            assemble::layer(network, mapping, &layers[p], (p, synapses[p]), period, position)
        };
        let core = |core: usize| {
            let mut counts = assemble::empty();
            for &(p, tally) in &self.cores[core] {
                let class = network.populations[p].model.class() as usize;
                tally.add_to(&mut counts, class, synapses[p]);
            }
            assemble::core(&mapping.cores[core], counts)
        };
        Activity {
            soma_classes: Class::NAMES.iter().copied().map(String::from).collect(),
            synapse_classes: SYNAPSE_CLASSES.map(String::from).to_vec(),
            inference_steps: steps.len() as u64,
            depth: 0,
            steps,
            layers: spikes.map(layer).collect(),
            cores: (0..mapping.cores.len()).map(core).collect(),
            links,
            flows,
            input_macs: 0,
            input_writes: 0,
            host_operations: 0,
            saturations: self.saturations,
            chips: mapping.grid.chips as u64,
            time_error_ps: 0,
            first_output_ps: self.first_output_ps,
            latencies,
        }
    }

    /// By population, over all periods: cores may hold several layers.
    fn layers(&self) -> Vec<Tally> {
        let mut layers = vec![Tally::default(); self.spikes_per_period.len()];
        for period in &self.periods {
            layers.iter_mut().zip(period).for_each(|(sum, tally)| *sum += *tally);
        }
        layers
    }

    fn steps(&self, [neurons, synapses]: [&[usize]; 2], timings: Vec<StepTiming>) -> Vec<Step> {
        let step = |(period, timing): (&Vec<Tally>, StepTiming)| {
            let mut counts = assemble::empty();
            let classes = neurons.iter().zip(synapses);
            for (tally, (&neurons, &synapses)) in period.iter().zip(classes) {
                tally.add_to(&mut counts, neurons, synapses);
            }
            Step { counts, timing }
        };
        self.periods.iter().zip(timings).map(step).collect()
    }
}
