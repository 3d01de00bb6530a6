//! The spiking side: every input on every chip, and what of it is kept.

use super::Arguments;
use crate::cli::journal::{on, placed};
use crate::cli::kept::{Kept, Made};
use crate::cli::work::{Trouble, Work};
use crate::cli::{Failure, Result};
use crate::compare::{Inference, Refused, Spiking};
use crate::journal::{ARITHMETIC, Parts};
use crate::mapping::Verdict;
use crate::pipeline::{self, Outcome, Prepared, Settings, Setup, Timing};
use crate::profile::Profile;
use crate::report::{self, Folder, Noted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What an input came to on a chip: all that tables and sums need of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inferred {
    noted: Noted,
    inference: Inference,
}

impl Inferred {
    pub fn new(prepared: &Prepared, outcome: &Outcome) -> Inferred {
        Inferred {
            noted: Noted::new(&prepared.setup, prepared.profile(), outcome),
            inference: Inference::new(&outcome.activity),
        }
    }
}

impl Made for Inferred {
    const FORMAT: &'static str = "spikemesh compare journal";
    const OF: &'static str = "a comparison";
}

/// What an earlier process made of the inputs on these chips.
pub fn kept(
    a: &Arguments,
    work: &Work,
    folder: &Folder,
    (profiles, settings): (&[Profile], &Settings),
) -> Result<Kept<Inferred>> {
    let chip = |profile: &Profile| format!("{} (hash {})", profile.name, &profile.hash[..16]);
    let parts = [
        ("program", format!("{} (inputs {ARITHMETIC})", env!("CARGO_PKG_VERSION"))),
        ("options of the network", a.reading.describe()),
        ("profiles", profiles.iter().map(chip).collect::<Vec<_>>().join(", ")),
        // Another set has a journal of its own.
        ("--input", a.input.as_ref().map_or("none".into(), |input| input.display().to_string())),
        ("--recipe", settings.conversion.to_string()),
        ("--steps", settings.steps.to_string()),
        ("--placement", placed(&settings.placement)),
        ("--seed", a.seed.to_string()),
        ("--strict", on(a.strict)),
    ];
    let parts = work.parts().into_iter().chain(parts);
    let parts: Parts = parts.map(|(name, value)| (name.to_string(), value)).collect();
    Kept::open(folder, "", parts, work.hashes()?, a.timing)
}

/// What ran, and what did not.
#[derive(Default)]
pub struct Emulated {
    pub spiking: Vec<Spiking>,
    pub refused: Vec<Refused>,
    /// Chips that did not run, with or without their limits.
    pub absent: Vec<(Profile, pipeline::Error)>,
    /// By timing, the chips that ran with it.
    pub timings: BTreeMap<&'static str, Vec<String>>,
}

impl Emulated {
    fn add(&mut self, system: &str, (timing, spiking): (Timing, Option<Spiking>)) {
        self.spiking.extend(spiking);
        self.timings.entry(timing.name()).or_default().push(system.into());
    }

    /// The one timing of all chips, or each with the chips that ran with it.
    pub fn timing(&self) -> String {
        let of =
            |(timing, systems): (&&str, &Vec<String>)| format!("{timing} ({})", systems.join(", "));
        match self.timings.len() {
            1 => self.timings.keys().copied().collect(),
            _ => self.timings.iter().map(of).collect::<Vec<_>>().join(", "),
        }
    }
}

/// A chip that refuses is named with its reason, and runs once more without its limits unless
/// `strict`. `run` hears the number of the pass; `dir` takes summaries and manifests.
pub fn emulate(
    run: impl Fn(usize, Profile, Settings) -> Result<(Prepared, Vec<Inferred>), Trouble>,
    profiles: Vec<Profile>,
    settings: &Settings,
    strict: bool,
    dir: Option<&Path>,
) -> Result<Emulated> {
    let mut emulated = Emulated::default();
    let folders = report::profile_folders(&profiles);
    for (n, (profile, folder)) in profiles.into_iter().zip(&folders).enumerate() {
        let dir = dir.map(|dir| dir.join(folder));
        // Two passes for each chip: with its limits, and without.
        let on = |settings: Settings| {
            let pass = 2 * n + usize::from(settings.idealised);
            counted(run(pass, profile.clone(), settings)?, dir.as_deref())
        };
        match on(settings.clone()) {
            Ok(counted) => emulated.add(&profile.name, counted),
            Err(Trouble::Chain(error)) if error.is_refusal() => {
                let reason = error.reason();
                emulated.refused.push(Refused { system: profile.name.clone(), reason });
                if strict {
                    emulated.absent.push((profile, error));
                    continue;
                }
                let name = format!("{} (idealised)", profile.name);
                match on(Settings { idealised: true, ..settings.clone() }) {
                    Ok(counted) => emulated.add(&name, counted),
                    Err(Trouble::Chain(error)) if error.is_refusal() => {
                        emulated.refused.push(Refused { system: name, reason: error.reason() });
                        emulated.absent.push((profile, error));
                    }
                    Err(trouble) => return Err(trouble.into()),
                }
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
    Ok(emulated)
}

/// The timing and the counts of all inputs; leaves summary and manifest of the chip in `dir`.
fn counted(
    (prepared, inferred): (Prepared, Vec<Inferred>),
    dir: Option<&Path>,
) -> Result<(Timing, Option<Spiking>), Trouble> {
    let (setup, profile) = (&prepared.setup, prepared.profile());
    let (noted, inferences): (Vec<_>, Vec<_>) =
        inferred.into_iter().map(|one| (one.noted, one.inference)).unzip();
    if let Some(dir) = dir {
        left(dir, setup, profile, &noted).map_err(Failure::from)?;
    }
    let dropped = setup.gaps.iter().filter(|gap| gap.verdict == Verdict::Refused).count();
    let (system, note) = match setup.idealised {
        true => (
            format!("{} (idealised)", profile.name),
            format!("IDEALISED, limits of the chip dropped: {dropped}"),
        ),
        false => (profile.name.clone(), String::new()),
    };
    let spiking = Spiking::new(system, profile.clone(), setup.float_macs, &inferences, note);
    Ok((setup.timing, spiking))
}

/// Summary and manifest in a new folder.
fn left(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    inputs: &[Noted],
) -> Result<(), report::Error> {
    std::fs::create_dir(dir)
        .map_err(|source| report::Error::Create { path: dir.into(), source })?;
    report::write_inputs(dir, setup, profile, inputs)
}
