//! What a network from CSV needs and the chip lacks: the limits of converted networks, core by core
//! and neuron by neuron.

use super::gaps::{beyond, no_such_model, two_words};
use super::partition::Usage;
use super::{Error, Gap, Places, Verdict, refuse};
use crate::profile::{Limits, Profile, Sync};
use crate::snn::Class;
use crate::snn::sparse::{Model, SparseNetwork};

/// The gaps of a network from CSV. Each limit is told once, of the first core or neuron beyond it.
///
/// # Errors
/// What the chip refuses, cores before neurons, unless `idealised`.
pub fn check(
    network: &SparseNetwork,
    places: &Places,
    profile: &Profile,
    idealised: bool,
) -> Result<Vec<Gap>, Error> {
    let gaps = gaps(network, places, profile);
    refuse(&gaps, idealised)?;
    Ok(gaps)
}

/// The same without a refusal.
pub fn gaps(network: &SparseNetwork, places: &Places, profile: &Profile) -> Vec<Gap> {
    let (core, sites) = places.cores(&profile.topology);
    let needs = Needs::new(network, &core, sites.len());
    let names = |core: usize| places.name(sites[core], &profile.topology);
    let mut gaps = Gaps(vec![]);
    gaps.cores(&needs, names, &profile.limits);
    gaps.neurons(&needs, &profile.limits);
    gaps.models(network, profile);
    gaps.weights(&needs, network, &profile.limits);
    gaps.membranes(network, &profile.limits);
    gaps.delays(network, profile);
    gaps.0
}

/// What cores and neurons hold.
struct Needs {
    cores: Vec<Usage>,
    /// By neuron.
    fan_in: Vec<u64>,
    destinations: Vec<u64>,
    weights: Vec<Weights>,
}

/// The weights into one neuron.
#[derive(Debug, Clone, Copy, Default)]
struct Weights {
    /// The one that is farthest from zero.
    largest: f64,
    /// Some are no whole numbers.
    fractions: bool,
    /// Largest power of two that divides all of them, as its exponent; `None`: all are zero.
    shift: Option<u32>,
}

impl Weights {
    fn add(&mut self, weight: f64) {
        if weight == 0.0 {
            return;
        }
        // Of both signs the positive one: a bit more takes it where the negative one still fits.
        if weight.abs() > self.largest.abs() || weight == -self.largest && weight > 0.0 {
            self.largest = weight;
        }
        self.fractions |= weight.fract() != 0.0;
        let shift = if weight.fract() == 0.0 { twos(weight) } else { 0 };
        self.shift = Some(self.shift.map_or(shift, |least| least.min(shift)));
    }

    /// Bits, sign included, of its weights as multiples of two to the power of `shift`.
    fn bits(&self, shift: u32) -> u32 {
        let units = (self.largest.abs() * 0.5f64.powi(shift as i32)).ceil();
        (1..=MOST_BITS).find(|&bits| self.fits(units, bits)).unwrap_or(MOST_BITS)
    }

    /// Two's complement, but a single bit is nothing or one.
    fn fits(&self, units: f64, bits: u32) -> bool {
        let power = 2f64.powi(bits as i32 - 1);
        let most = if self.largest < 0.0 || bits == 1 { power } else { power - 1.0 };
        units <= most
    }

    /// Bits where they are scaled by a power of two as far as whole numbers allow.
    fn least_bits(&self) -> u32 {
        self.bits(self.shift.unwrap_or(0))
    }
}

/// More than any number of a file takes.
const MOST_BITS: u32 = 1100;

/// How often two divides a whole number other than zero.
fn twos(whole: f64) -> u32 {
    let exponent = (whole.to_bits() >> 52 & 0x7ff) as u32;
    let mantissa = whole.to_bits() & ((1 << 52) - 1) | 1 << 52;
    // A whole number has no more places behind the point than the mantissa has zeros at its end.
    (exponent + mantissa.trailing_zeros()).saturating_sub(1023 + 52)
}

impl Needs {
    /// `core` by neuron.
    fn new(network: &SparseNetwork, core: &[usize], cores: usize) -> Needs {
        let neurons = network.neurons.len();
        let mut cores = vec![Usage::default(); cores];
        core.iter().for_each(|&core| cores[core].neurons += 1);
        let mut needs = Needs {
            cores,
            fan_in: vec![0; neurons],
            destinations: vec![0; neurons],
            weights: vec![Weights::default(); neurons],
        };
        // By core, the last neuron that was seen to reach it: synapses are sorted by `pre`.
        let mut reached_by: Vec<Option<u32>> = vec![None; needs.cores.len()];
        for synapse in &network.synapses {
            let (pre, post) = (synapse.pre as usize, synapse.post as usize);
            // The engine refuses such synapses.
            if pre >= neurons || post >= neurons {
                continue;
            }
            let to = core[post];
            needs.fan_in[post] += 1;
            needs.weights[post].add(synapse.weight);
            needs.cores[to].synapses += 1;
            if reached_by[to].replace(synapse.pre) != Some(synapse.pre) {
                needs.destinations[pre] += 1;
                needs.cores[core[pre]].axons_out += 1;
                needs.cores[to].axons_in += 1;
            }
        }
        needs
    }

    /// Bits that every weight fits, where the chip names none.
    fn weight_bits(&self) -> u32 {
        self.weights.iter().map(Weights::least_bits).max().unwrap_or(0)
    }
}

/// Gaps so far.
struct Gaps(Vec<Gap>);

impl Gaps {
    fn add(&mut self, verdict: Verdict, limit: &str, message: String) {
        self.0.push(Gap { verdict, layer: String::new(), limit: limit.into(), message });
    }

    /// The first of `found`, and how many more there are; `kind` is what they are.
    fn first(
        &mut self,
        verdict: Verdict,
        limit: &str,
        kind: &str,
        mut found: impl Iterator<Item = (String, String)>,
    ) {
        let Some((who, message)) = found.next() else { return };
        let more = match found.count() {
            0 => String::new(),
            1 => format!(" and 1 more {kind}"),
            more => format!(" and {more} more {kind}s"),
        };
        self.add(verdict, limit, format!("{who}{more}: {message}"));
    }

    fn cores(&mut self, needs: &Needs, name_of: impl Fn(usize) -> String, limits: &Limits) {
        let bits = u64::from(limits.weight_bits.unwrap_or_else(|| needs.weight_bits()));
        type Need = fn(&Usage, u64) -> u64;
        let all: [(Need, &str, Option<u64>, &str); 4] = [
            (|core, _| core.neurons, "neurons", limits.neurons_per_core, "neurons_per_core"),
            (
                |core, bits| core.synapses.saturating_mul(bits),
                "bits of weights",
                limits.synapse_memory_bits_per_core,
                "synapse_memory_bits_per_core",
            ),
            (|core, _| core.axons_in, "sources", limits.axons_in_per_core, "axons_in_per_core"),
            (
                |core, _| core.axons_out,
                "outgoing axons",
                limits.axons_out_per_core,
                "axons_out_per_core",
            ),
        ];
        for (need, unit, limit, name) in all {
            let found = needs.cores.iter().enumerate().filter_map(|(core, usage)| {
                let message = beyond(need(usage, bits), unit, limit, name)?;
                Some((name_of(core), message))
            });
            self.first(Verdict::Refused, name, "core", found);
        }
    }

    fn neurons(&mut self, needs: &Needs, limits: &Limits) {
        for (each, unit, limit, name) in [
            (&needs.fan_in, "synapses into one neuron", limits.fan_in, "fan_in"),
            (
                &needs.destinations,
                "destination cores of one neuron",
                limits.destinations,
                "destinations",
            ),
        ] {
            let found = each.iter().enumerate().filter_map(|(id, &need)| {
                let message = beyond(need, unit, limit, name)?;
                Some((neuron(id), message))
            });
            self.first(Verdict::Refused, name, "neuron", found);
        }
    }

    fn models(&mut self, network: &SparseNetwork, profile: &Profile) {
        let known = &profile.capabilities.neuron_models;
        let name = "neuron_models";
        let all = || network.neurons.iter().enumerate();
        if known.is_empty() {
            let keep = all().filter(|(_, n)| n.model.keeps_more());
            let found = keep.map(|(id, _)| (neuron(id), two_words(profile)));
            return self.first(Verdict::Assumed, name, "neuron", found);
        }
        let knows = |class: Class| known.iter().any(|k| k == class.name());
        let stands_in =
            |model: &Model| model.is_plain() && knows(Class::If) && !knows(model.class());
        for &class in Class::ALL.iter().filter(|class| !knows(**class)) {
            let lacking = all().filter(|(_, n)| n.model.class() == class && !stands_in(&n.model));
            let found = lacking.map(|(id, _)| (neuron(id), no_such_model(class.name(), known)));
            self.first(Verdict::Refused, name, "neuron", found);
        }
        let found = all().filter(|(_, n)| stands_in(&n.model)).map(|(id, _)| {
            let message = "lif without leak is taken for the chip's neuron model if; assumed";
            (neuron(id), message.to_string())
        });
        self.first(Verdict::Assumed, name, "neuron", found);
    }

    fn weights(&mut self, needs: &Needs, network: &SparseNetwork, limits: &Limits) {
        self.levels(network, limits);
        let Some(bits) = limits.weight_bits else { return };
        let name = "weight_bits";
        let all = || needs.weights.iter().enumerate();
        let found = all().filter_map(|(id, weights)| {
            let message = beyond(
                u64::from(weights.least_bits()),
                "bits per weight",
                Some(bits.into()),
                name,
            )?;
            Some((neuron(id), format!("{message}, for a weight of {}", weights.largest)))
        });
        self.first(Verdict::Refused, name, "neuron", found);
        let found =
            all().filter(|(_, weights)| weights.bits(0) > bits && weights.least_bits() <= bits);
        let found = found.map(|(id, weights)| {
            let message = format!(
                "weights of up to {} are multiples of a power of two, stored in {bits} \
                 weight_bits beside it; assumed",
                weights.largest
            );
            (neuron(id), message)
        });
        self.first(Verdict::Assumed, name, "neuron", found);
        let found = all().filter(|(_, weights)| weights.fractions).map(|(id, _)| {
            let message = format!(
                "weights that are no whole numbers are not rounded to {bits} weight_bits; assumed"
            );
            (neuron(id), message)
        });
        self.first(Verdict::Assumed, name, "neuron", found);
    }

    /// Distinct weights into a neuron.
    fn levels(&mut self, network: &SparseNetwork, limits: &Limits) {
        let (Some(levels), name) = (limits.weight_levels, "weight_levels") else { return };
        let bits = |weight: f64| if weight == 0.0 { 0 } else { weight.to_bits() };
        let mut weights: Vec<_> =
            network.synapses.iter().map(|s| (s.post, bits(s.weight))).collect();
        weights.sort_unstable();
        weights.dedup();
        let found = weights.chunk_by(|a, b| a.0 == b.0).filter_map(|weights| {
            let unit = "distinct weights into one neuron";
            let message = beyond(weights.len() as u64, unit, Some(levels.into()), name)?;
            Some((neuron(weights[0].0 as usize), message))
        });
        self.first(Verdict::Refused, name, "neuron", found);
    }

    /// Delays that the chip's axons do not reach. Chips without steps have none at all, and the
    /// engine says so.
    fn delays(&mut self, network: &SparseNetwork, profile: &Profile) {
        let (Some(most), name) = (profile.limits.max_delay, "max_delay") else { return };
        if let Sync::Async { .. } = profile.clock.sync {
            return;
        }
        let mut longest = vec![0; network.neurons.len()];
        for synapse in &network.synapses {
            if let Some(longest) = longest.get_mut(synapse.pre as usize) {
                *longest = synapse.delay.max(*longest);
            }
        }
        let found = longest.iter().enumerate().filter_map(|(id, &delay)| {
            let unit = "steps of delay of one synapse";
            let message = beyond(delay.into(), unit, Some(most as u64), name)?;
            Some((neuron(id), message))
        });
        self.first(Verdict::Refused, name, "neuron", found);
    }

    fn membranes(&mut self, network: &SparseNetwork, limits: &Limits) {
        let (Some(bits), name) = (limits.membrane_bits, "membrane_bits") else { return };
        let most = 2f64.powi(bits.min(MOST_BITS) as i32 - 1);
        let found = network.neurons.iter().enumerate().filter_map(|(id, n)| {
            let (what, value) =
                n.model.numbers().into_iter().find(|(_, value)| value.abs() >= most)?;
            Some((neuron(id), format!("its {what}, {value}, does not fit {bits} membrane_bits")))
        });
        self.first(Verdict::Refused, name, "neuron", found);
        if network.neurons.iter().any(|n| n.model != Model::Input) {
            let message = format!(
                "potentials are 64-bit floats, which {bits} membrane_bits do not limit; assumed"
            );
            self.add(Verdict::Assumed, name, message);
        }
    }
}

/// Bits of a stored weight: the chip's, or as many as every weight of the network fits.
pub(crate) fn weight_bits(network: &SparseNetwork, limits: &Limits) -> u64 {
    let own = || Needs::new(network, &vec![0; network.neurons.len()], 1).weight_bits();
    limits.weight_bits.unwrap_or_else(own).into()
}

fn neuron(id: usize) -> String {
    format!("neuron {id}")
}
