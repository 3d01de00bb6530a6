//! What runs: the network that was asked for, or, where none was, the first of the networks inside
//! the program that the chip takes.

use super::inside::{self, Inside};
use super::run::Files;
use super::work::{Trouble, Work};
use super::{Failure, Result};
use crate::pipeline::{self, Outcome, Prepared, Settings, Tracer};
use crate::profile::Profile;
use std::cell::OnceCell;
use std::path::Path;

/// Makes a network ready to run, from its files.
pub type Open<'a> = dyn Fn(&Files) -> Result<Work> + 'a;

/// Networks in the order in which a chip is asked to take them.
pub struct Candidates<'a> {
    open: Box<Open<'a>>,
    first: Opened,
    others: Vec<(&'static str, OnceCell<Opened>)>,
}

/// What ran on one profile.
pub struct Ran {
    pub prepared: Prepared,
    pub outcomes: Vec<Outcome>,
    /// What the network stands in for, and why, where it does.
    pub stand_in: Option<String>,
}

/// A network with its files, which go with it.
struct Opened {
    work: Work,
    _files: Files,
    _inside: Option<Inside>,
}

impl<'a> Candidates<'a> {
    /// Of `network` alone, with inputs as asked for.
    pub fn one(
        network: &Path,
        input: Option<&Path>,
        calibrate: Option<&Path>,
        open: Box<Open<'a>>,
    ) -> Result<Candidates<'a>> {
        let first = Opened::new(network, input, calibrate, &open)?;
        Ok(Candidates { open, first, others: vec![] })
    }

    /// Of the networks inside the program that show what a chip can do.
    pub fn inside(open: Box<Open<'a>>) -> Result<Candidates<'a>> {
        let [first, others @ ..] = inside::DEMONSTRATION;
        let first = Opened::new(Path::new(first), None, None, &open)?;
        let others = others.into_iter().map(|name| (name, OnceCell::new())).collect();
        Ok(Candidates { open, first, others })
    }

    /// The network that comes first.
    pub fn first(&self) -> &Work {
        &self.first.work
    }

    /// Runs the first network that the chip takes, as [`Work::on`] does; what stands in for the
    /// first one says so in the notes of its run.
    ///
    /// # Errors
    /// The chip refuses all of them, with the reason for the first one; or another fault.
    pub fn on(
        &self,
        profile: &Profile,
        settings: &Settings,
        tracer: Option<&Tracer>,
    ) -> Result<Ran, Trouble> {
        let refusal = match self.first().on(profile.clone(), settings.clone(), tracer) {
            Err(Trouble::Chain(error)) if error.is_refusal() => error,
            ran => {
                let (prepared, outcomes) = ran?;
                return Ok(Ran { prepared, outcomes, stand_in: None });
            }
        };
        for (name, opened) in &self.others {
            match self.opened(name, opened)?.on(profile.clone(), settings.clone(), tracer) {
                Err(Trouble::Chain(error)) if error.is_refusal() => {}
                Err(trouble) => return Err(trouble),
                Ok((mut prepared, outcomes)) => {
                    let note = self.stands_in(name, &profile.name, &refusal);
                    prepared.setup.notes.insert(0, note.clone());
                    return Ok(Ran { prepared, outcomes, stand_in: Some(note) });
                }
            }
        }
        Err(refusal.into())
    }

    fn opened<'o>(&self, name: &str, cell: &'o OnceCell<Opened>) -> Result<&'o Work, Failure> {
        if let Some(opened) = cell.get() {
            return Ok(&opened.work);
        }
        let opened = Opened::new(Path::new(name), None, None, &self.open)?;
        Ok(&cell.get_or_init(|| opened).work)
    }

    fn stands_in(&self, name: &str, profile: &str, refusal: &pipeline::Error) -> String {
        let (first, reason) = (&self.first().network.name, refusal.reason());
        format!("{name} stands in for {first}, which {profile} refuses: {reason}")
    }
}

impl Opened {
    fn new(
        network: &Path,
        input: Option<&Path>,
        calibrate: Option<&Path>,
        open: &Open,
    ) -> Result<Opened> {
        let inside = inside::network(network)?;
        let files = Files::new(network, input, calibrate, inside.as_ref())?;
        let work = open(&files)?;
        Ok(Opened { work, _files: files, _inside: inside })
    }
}
