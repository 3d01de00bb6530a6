//! What an evaluation of a classifier leaves behind and says, whatever the network.

use super::Arguments;
use crate::cli::{Result, json, output};
use crate::eval::{Answer, Answered, Row};
use crate::import::Imported;
use crate::pipeline::{Outcome, Prepared, Setup};
use crate::plain::{counted, shown};
use crate::profile::Profile;
use crate::report::{self, Folder, Plots, Totals};

/// All that was found out.
pub struct Answers<'a> {
    pub title: String,
    pub plots: Plots,
    /// Names, by number.
    pub classes: &'a [String],
    pub checkpoints: &'a [usize],
    pub rows: &'a [Row],
    /// By recipe.
    pub answers: &'a [(String, Vec<Answered>)],
    /// Of all recipes.
    pub setup: Setup,
    /// Their timings.
    pub timing: String,
}

/// Of tables and plots.
pub fn title(
    arguments: &Arguments,
    imported: &Imported,
    profile: &Profile,
    inputs: usize,
) -> String {
    let mark = if arguments.idealised { " (IDEALISED)" } else { "" };
    format!("{} on {}{mark}, {}", imported.name, profile.name, counted(inputs, "input"))
}

/// What was said at one checkpoint, and what it cost.
pub fn answer(
    outcome: &Outcome,
    prepared: &Prepared,
    classes: Vec<usize>,
    float: Option<Vec<usize>>,
    head_error: Option<f64>,
) -> Answer {
    let totals = Totals::new(&outcome.activity, prepared.profile());
    Answer {
        classes,
        float,
        head_error,
        energy_pj: totals.dynamic.total(),
        static_pj: totals.fixed,
        time: totals.time,
        synaptic_operations: totals.counts.total_synaptic_operations(),
    }
}

impl Answers<'_> {
    /// Writes all files, then prints the table, how inputs entered, and what was assumed.
    pub fn written(&self, folder: Folder, profile: &Profile) -> Result<()> {
        report::write_accuracy(folder.path(), self.rows)?;
        report::write_answers(folder.path(), self.classes, self.checkpoints, self.answers)?;
        report::write_convergence(folder.path(), &self.title, self.rows, &self.plots)?;
        report::write_judged_manifest(folder.path(), &self.setup, profile, &self.title, None)?;
        let path = folder.finish()?;
        let title = shown(&self.title);
        output::line(format_args!("{title}; energy is that of events, means per input\n"))?;
        output::table(report::answers_table(self.rows, &self.timing))?;
        json::print_csv(&path, report::ACCURACY)?;
        output::line(format_args!("inputs: {}", shown(&self.setup.detector)))?;
        for note in &self.setup.notes {
            output::line(shown(note))?;
        }
        output::line(format_args!("written to {}", path.display()))
    }
}
