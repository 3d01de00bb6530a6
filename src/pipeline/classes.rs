//! Classes of synapses that the network and the profile name differently: one of the two may be
//! misspelt, and `default` is paid without a word.

use crate::engine::chip::{POOL_CLASS, SYNAPSE_CLASSES};
use crate::import::Network;
use crate::profile::{Change, DEFAULT_CLASS, Profile};
use crate::suggest;
use std::collections::BTreeSet;

/// The key of how layers are stored, and its table.
const ENCODING: [&str; 2] = ["capabilities", "encoding"];

/// A sentence on every class of `network` that `profile` does not price, and on every class of
/// `profile` that no synapse is of and whose name is nearly one that some are of.
pub(super) fn notes(network: &Network, profile: &Profile) -> Vec<String> {
    let named: BTreeSet<&str> = match network {
        Network::Placed(csv) => {
            csv.neurons.iter().map(|neuron| neuron.synapse_class.as_str()).collect()
        }
        Network::Float(_) | Network::Spiking(_) | Network::Converted(_) => BTreeSet::new(),
    };
    let usual = [&SYNAPSE_CLASSES[..], &[POOL_CLASS, DEFAULT_CLASS]].concat();
    let priced = || profile.costs.synapse.keys().map(String::as_str);
    let is_usual = |name: &&str| usual.contains(name);
    let unpriced = named
        .iter()
        .copied()
        .filter(|name| !is_usual(name) && !profile.costs.synapse.contains_key(*name));
    let unpriced = unpriced.map(|name| {
        format!(
            "synapses of class `{name}` cost what `{DEFAULT_CLASS}` does: {} prices no such \
             class{}",
            profile.name,
            suggest::hint(name, priced())
        )
    });
    let unpaid = priced().filter(|name| !is_usual(name) && !named.contains(name));
    let unpaid = unpaid.filter_map(|name| {
        let meant = suggest::hint(name, usual.iter().chain(&named).copied());
        (!meant.is_empty()).then(|| {
            format!(
                "no synapse is of class `{name}`, so that nothing pays what {} says of \
                 it{meant}",
                profile.name
            )
        })
    });
    let idle = matches!(network, Network::Placed(_)) && changes_encoding(profile);
    let idle = idle
        .then(|| format!("{} changes nothing: neurons.csv names all classes", ENCODING.join(".")));
    unpriced.chain(unpaid).chain(idle).collect()
}

/// Whether layers are to be stored otherwise than the profile has it.
fn changes_encoding(profile: &Profile) -> bool {
    let [table, key] = ENCODING;
    profile.provenance.changes.iter().filter_map(|change| change.parse::<Change>().ok()).any(
        |change| {
            let line = change.line().parse::<toml::Table>().unwrap_or_default();
            line.get(table).and_then(|table| table.get(key)).is_some()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;
    use crate::snn::sparse::SparseNetwork;

    fn profile_with(class: &str) -> Profile {
        let mut profile = profile::load("loihi1-davies2018").unwrap();
        let costs = profile.costs.synapse[DEFAULT_CLASS].clone();
        profile.costs.synapse.insert(class.into(), costs);
        profile
    }

    #[test]
    fn an_encoding_of_single_neurons_is_told_however_it_is_set() {
        let network = Network::Placed(SparseNetwork::default());
        for change in [
            "capabilities.encoding=dense",
            "capabilities={encoding=\"dense\"}",
            "\"capabilities\" . encoding = dense",
        ] {
            let profile = profile::load_changed("loihi2", &[change.parse().unwrap()]).unwrap();
            let said = notes(&network, &profile).concat();
            assert!(said.starts_with("capabilities.encoding changes nothing"), "{change}: {said}");
        }
        let other = ["capabilities.signed_spikes=none".parse().unwrap()];
        let profile = profile::load_changed("loihi2", &other).unwrap();
        assert_eq!(notes(&network, &profile), [""; 0]);
    }

    #[test]
    fn nearly_a_usual_name_is_told() {
        let network = Network::Placed(SparseNetwork::default());
        let said = notes(&network, &profile_with("cnv")).concat();
        assert!(said.contains("`cnv`") && said.contains("did you mean `conv`?"), "{said}");
        for known in ["conv", "pool", "mine"] {
            assert_eq!(notes(&network, &profile_with(known)), [""; 0]);
        }
    }
}
