//! `spikemesh inspect NETWORK [--profile NAME]`

use super::advice::{Drops, Refused};
use super::changes::ProfileChanges;
use super::heading;
use super::inside;
use super::network::NetworkArguments;
use super::numbers;
use super::output;
use super::paths;
use super::placement::PlacementArguments;
use super::recording;
use super::{Error, Result};
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::convert::file::ConvertedFile;
use crate::convert::ranges::Ranges;
use crate::engine::{self, flows::Travel};
use crate::import::{self, Imported, Network};
use crate::mapping::{self, Gap, Mapping, Places, Verdict};
use crate::pipeline::{self, CALIBRATION, Calibration, Prepared, Sample, Settings, Timing};
use crate::plain::{counted, shown};
use crate::profile::Profile;
use crate::report::{self, Folder};
use crate::snn;
use crate::snn::retime::Retimed;
use crate::snn::sparse::SparseNetwork;
use clap::Args;
use core_map::core_map;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

mod core_map;
mod nir;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), a spiking one (.nir), a converted one
    /// (.spikemesh), or a folder of neurons.csv, synapses.csv and inputs.csv; `digits` is the
    /// network inside the program. Or a recording of an event camera
    network: PathBuf,
    #[command(flatten)]
    reading: NetworkArguments,
    /// How a trained network is converted, as for `run` [default: best]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    recipe: Option<Recipe>,
    /// Also convert the network and map it: populations, cores, and what the chip lacks
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_parser = paths::text())]
    profile: Option<String>,
    #[command(flatten)]
    changes: ProfileChanges,
    #[command(flatten)]
    placement: PlacementArguments,
    /// Seed of everything random
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    seed: u64,
    /// Folder to write mapping.csv into, which must not exist yet
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, requires = "profile", value_parser = paths::folder())]
    out: Option<PathBuf>,
}

impl Arguments {
    /// The network alone.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self) -> Result<Imported> {
        let inside = inside::network(&self.network)?;
        self.reading.open(inside.as_ref().map_or(&self.network, |inside| &inside.network))
    }

    /// Whether all that was asked for goes together.
    pub fn check(&self) -> Result<(), String> {
        let no_chip = self.profile.is_none();
        match (self.changes.given(), self.placement.given()) {
            (Some(option), _) if no_chip => {
                Err(format!("{option} changes a profile: give --profile, too"))
            }
            (_, Some(option @ "--place-for")) => Err(format!(
                "{option} emulates a calibration input, and inspect emulates nothing; `run` writes \
                 mapping.csv, too"
            )),
            (_, Some(option)) if no_chip => {
                Err(format!("{option} is for the cores of a chip: give --profile, too"))
            }
            _ => Ok(()),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let alone = arguments.profile.is_none() && arguments.recipe.is_none();
    if alone && recording::inspected(&arguments.network)? {
        return Ok(());
    }
    let load = |profile| arguments.changes.load(profile);
    let profile = arguments.profile.as_deref().map(load).transpose()?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    if import::nir::begins(network) {
        let imported = nir::run(arguments, network)?;
        let Some(profile) = profile else { return Ok(()) };
        let folder = arguments.out.as_deref().map(Folder::create).transpose()?;
        let prepared = Look { arguments, imported: &imported }.prepared(&profile, None)?;
        return placed(&prepared, folder);
    }
    let imported = arguments.reading.open(network)?;
    let recipe = arguments.recipe.as_ref();
    let graph = match &imported.network {
        Network::Placed(_) if recipe.is_some() => {
            return Err(Error::AsGiven { network: network.clone() }.into());
        }
        Network::Placed(csv) => {
            arguments.placement.suits(csv, network)?;
            if arguments.out.is_some() {
                let why = "mapping.csv is of layers, and the network has single neurons";
                return Err(
                    Error::Effectless { what: network.clone(), option: "--out", why }.into()
                );
            }
            output::text(placed_table(csv))?;
            if let Some(profile) = &profile {
                let placement = arguments.placement.placement(arguments.seed)?;
                // What has no place is refused below, with advice.
                if let Ok((places, dropped)) = Places::of(csv, profile, &placement, true) {
                    let found = mapping::placed::gaps(csv, &places, profile);
                    let found: Vec<_> = found.into_iter().chain(dropped).collect();
                    output::text(format_args!("\n{}", gaps(&found)))?;
                }
                Look { arguments, imported: &imported }.prepared(profile, None)?;
            }
            return Ok(());
        }
        Network::Float(graph) => graph.clone(),
        // Such files are looked at above.
        Network::Spiking(_) => return nir::run(arguments, network).map(|_| ()),
        Network::Converted(_) if recipe.is_some() => {
            let (network, advice) = (network.clone(), "leave out --recipe");
            return Err(Error::Converted { network, advice }.into());
        }
        Network::Converted(file) => {
            output::line(converted_table(file))?;
            file.graph.clone()
        }
    };
    output::text(float_table(&graph))?;
    let Some(profile) = profile else { return Ok(()) };
    let folder = arguments.out.as_deref().map(Folder::create).transpose()?;
    // Where neurons lie does not depend on the picture that calibrates: a grey one does, where
    // nothing is stored. A converted network needs none, and takes no notice of this one.
    let grey = vec![0.5; graph.input_shape().len()];
    let sample = [Sample::new(&graph, "grey".into(), String::new(), &grey)?];
    let stored = Ranges::built_in(&imported.sha256);
    let calibration = stored.as_ref().map_or(Calibration::Inputs(&sample), Calibration::Ranges);
    let look = Look { arguments, imported: &imported };
    let prepared = look.prepared(&profile, Some(calibration))?;
    placed(&prepared, folder)
}

/// Populations, cores and gaps of a network on a chip, and its files.
fn placed(prepared: &Prepared, folder: Option<Folder>) -> Result<()> {
    if let Some((retimed, mapping)) = prepared.placed() {
        output::text(format_args!("\n{}", population_table(retimed, mapping)))?;
        let populations = &retimed.network.populations;
        let names: Vec<&str> = populations.iter().map(|p| p.name.as_str()).collect();
        output::text(format_args!("\n{}", core_map(mapping, &names)))?;
        output::text(format_args!("\n{}", travel(&retimed.network, mapping, prepared.profile())))?;
        output::text(format_args!("\n{}", gaps(&mapping.gaps)))?;
        if let Some(folder) = folder {
            report::write_mapping(folder.path(), &retimed.network, mapping)?;
            output::line(format_args!("\nwritten to {}", folder.finish()?.display()))?;
        }
    }
    Ok(())
}

/// A network as it is looked at.
struct Look<'a> {
    arguments: &'a Arguments,
    imported: &'a Imported,
}

impl Look<'_> {
    /// The network on the chip, without the limits that `--idealised` drops.
    ///
    /// # Errors
    /// What no flag drops, with a command that the chip takes.
    fn prepared(&self, profile: &Profile, calibration: Option<Calibration>) -> Result<Prepared> {
        let calibration = calibration.unwrap_or(Calibration::Inputs(&[]));
        let asked = self.arguments.recipe.as_ref();
        let own = || match self.imported.network {
            Network::Spiking(_) => Recipe::default(),
            _ => pipeline::default_recipe(profile, false),
        };
        let settings = Settings {
            steps: 1,
            timing: Timing::Analytic,
            idealised: true,
            record_spikes: false,
            seed: self.arguments.seed,
            conversion: asked.cloned().unwrap_or_else(own),
            placement: self.arguments.placement.placement(self.arguments.seed)?,
            // A grey picture says little about spikes.
            placement_steps: 0,
            probes: vec![],
            feed: Default::default(),
            split: vec![],
            command: String::new(),
        };
        let begun = |profile: &Profile, settings: &Settings| {
            let (network, profile) = (self.imported.clone(), profile.clone());
            if let Network::Placed(network) = &network.network {
                engine::sparse::check(network, &profile)?;
            }
            pipeline::prepare(network, profile, settings.clone(), calibration)
        };
        begun(profile, &settings).map_err(|error| match error.is_refusal() {
            false => error.into(),
            true => Refused {
                profile,
                settings: &settings,
                asked,
                trained: self.imported.trained().map(|graph| (graph, calibration)),
                listed: false,
                own_default: false,
                drops: Drops::Nothing,
                takes: &|profile, settings| begun(profile, settings).is_ok(),
            }
            .explained(error),
        })
    }
}

/// What a converted network came from.
fn converted_table(file: &ConvertedFile) -> String {
    format!(
        "converted by spikemesh {} from {} (SHA-256 {})\nrecipe {}\nsettings {}, for membranes of \
         {} bits\ncalibrated on {}\n",
        file.version,
        shown(&file.name),
        file.network_sha256,
        file.recipe,
        file.settings.describe(),
        file.settings.membrane_bits,
        shown(&file.calibration.join(", "))
    )
}

/// One line per node, then the totals.
fn float_table(graph: &Graph) -> String {
    let mut text = format!(
        "{:24} {:18} {:>16} {:>12} {:>14}\n",
        "layer", "operator", "c x h x w", "weights", "MACs"
    );
    let (mut weights, mut macs) = (0, 0);
    for (id, node) in graph.nodes.iter().enumerate() {
        let own = node.op.weights();
        let shape =
            format!("{} x {} x {}", node.shape.channels, node.shape.height, node.shape.width);
        let (name, operator, macs_of) = (shown(&node.name), node.op.name(), graph.macs(id));
        text.push_str(&format!("{name:24} {operator:18} {shape:>16} {own:>12} {macs_of:>14}\n"));
        weights += own;
        macs += macs_of;
    }
    text.push_str(&format!("{:24} {:18} {:>16} {weights:>12} {macs:>14}\n", "total", "", ""));
    text
}

/// Neurons and synapses of a network from CSV, by model.
fn placed_table(network: &SparseNetwork) -> String {
    let mut models: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for neuron in &network.neurons {
        models.entry(neuron.model.class().name()).or_default()[0] += 1;
    }
    for synapse in &network.synapses {
        models.entry(network.neurons[synapse.post as usize].model.class().name()).or_default()
            [1] += 1;
    }
    let mut text = format!("{:12} {:>10} {:>12}\n", "model", "neurons", "synapses in");
    for (model, [neurons, synapses]) in models {
        text.push_str(&format!("{model:12} {neurons:>10} {synapses:>12}\n"));
    }
    let mut cores: Vec<_> = network.neurons.iter().filter_map(|neuron| neuron.place).collect();
    cores.sort_unstable();
    cores.dedup();
    text.push_str(&match cores.len() {
        0 => "without places of its own\n".to_owned(),
        cores => format!("on {} of its own choice\n", counted(cores, "core")),
    });
    text
}

/// The populations after conversion and retiming, and how each is cut.
fn population_table(retimed: &Retimed, mapping: &Mapping) -> String {
    let mut text = format!(
        "{:28} {:12} {:>5} {:>16} {:>10} {:>12} {:>6} {:>14}\n",
        "population", "model", "depth", "h x w x c", "neurons", "synapses", "cores", "per core"
    );
    let (mut neurons, mut synapses) = (0, 0);
    for (id, population) in retimed.network.populations.iter().enumerate() {
        let (shape, tiling) = (population.shape, &mapping.tilings[id]);
        let size = format!("{} x {} x {}", shape.height, shape.width, shape.channels);
        let largest = |edges: &[usize]| edges.windows(2).map(|e| e[1] - e[0]).max().unwrap_or(0);
        let [rows, columns, channels] =
            [&tiling.rows, &tiling.columns, &tiling.channels].map(|edges| largest(edges));
        let block = format!("{rows} x {columns} x {channels}");
        let own = shape.neurons() as u64 * tiling.neurons_per_unit;
        let into = retimed.network.synapses(id);
        let (name, model, depth, cores) = (
            shown(&population.name),
            population.model.class().name(),
            population.depth,
            tiling.cores.len(),
        );
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{name:28} {model:12} {depth:>5} {size:>16} {own:>10} {into:>12} {cores:>6} {block:>14}"
        );
        neurons += own;
        synapses += into;
    }
    let total = mapping.cores.len();
    let _ = writeln!(
        text,
        "{:28} {:12} {:>5} {:>16} {neurons:>10} {synapses:>12} {total:>6}",
        "total", "", "", ""
    );
    text
}

/// Packets on the mesh if every unit fired once, and the memory of the cores.
fn travel(network: &snn::Network, mapping: &Mapping, profile: &Profile) -> String {
    let travel = Travel::estimated(network, mapping);
    let per_packet = travel.hops as f64 / travel.packets.max(1) as f64;
    let mut text = format!(
        "if every unit fired once: {}, {}, {} hops per packet\n",
        counted(report::grouped(travel.packets), "packet"),
        counted(report::grouped(travel.hops), "hop"),
        report::significant(per_packet)
    );
    // Writing to a string cannot fail.
    if let Some(link) = &travel.busiest_link {
        let _ = writeln!(
            text,
            "busiest link {}, {}",
            counted(report::grouped(link.packets), "packet"),
            report::way(link)
        );
    }
    if let Some((core, packets)) = travel.busiest_core {
        let _ = writeln!(
            text,
            "busiest core {} in and out, core {core}",
            counted(report::grouped(packets), "packet")
        );
    }
    let bits = mapping.cores.iter().map(|core| core.synapse_memory_bits);
    let (sum, fullest) = (report::grouped(bits.clone().sum()), report::fullest(bits, profile));
    let _ = writeln!(text, "synapse memory {sum} bits, {fullest}");
    text
}

fn gaps(gaps: &[Gap]) -> String {
    // What a grey picture leaves unseen says nothing.
    let told: Vec<_> = gaps.iter().filter(|gap| gap.limit != CALIBRATION).collect();
    if told.is_empty() {
        return "no gaps between network and chip\n".into();
    }
    let mut text = "gaps between network and chip\n".to_string();
    for gap in told {
        let verdict = match gap.verdict {
            Verdict::Paid => "paid",
            Verdict::Assumed => "assumed",
            Verdict::Refused => "REFUSED",
        };
        text.push_str(&format!("  {verdict:8} {}\n", shown(&gap.message)));
    }
    text
}
