//! What an evaluation of a classifier leaves behind and says, whatever the network.

use super::{Evaluated, Place};
use crate::cli::Result;
use crate::eval::{Answer, Answered, Row};
use crate::import::Imported;
use crate::journal::Done;
use crate::pipeline::{Outcome, Prepared, Setup};
use crate::plain::{counted, shown};
use crate::profile::Profile;
use crate::report::{self, Plots, Totals};

/// All that was found out.
pub struct Answers<'a> {
    pub title: String,
    pub plots: Plots,
    /// Names, by number.
    pub classes: &'a [String],
    pub checkpoints: &'a [usize],
    pub rows: Vec<Row>,
    /// By recipe.
    pub answers: &'a [(String, Vec<Answered>)],
    /// Of all recipes.
    pub setup: Setup,
    /// Their timings.
    pub timing: String,
}

/// Of tables and plots.
pub fn title(setup: &Setup, imported: &Imported, profile: &Profile, inputs: usize) -> String {
    let (mark, inputs) = (setup.mark(), counted(inputs, "input"));
    format!("{} on {}{mark}, {inputs}", imported.name, profile.name)
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
    /// Writes all files; how inputs entered, and what was assumed, stand below the table. `journal`
    /// is that of the inputs.
    pub fn written(self, place: Place, profile: &Profile, journal: Done) -> Result<Evaluated> {
        let dir = place.dir;
        let mut rows = self.rows;
        super::on_chip(&mut rows, profile);
        report::write_accuracy(dir, &rows)?;
        report::write_answers(dir, self.classes, self.checkpoints, self.answers)?;
        report::write_convergence(dir, &self.title, &rows, &self.plots)?;
        report::write_judged_manifest(dir, &self.setup, profile, &self.title, None)?;
        report::write_folder(
            dir,
            report::FolderKind::Evaluation,
            &self.title,
            &self.setup.command,
        )?;
        let title = shown(&self.title);
        let mut below = vec![format!("inputs: {}", shown(&self.setup.detector))];
        below.extend(self.setup.notes.iter().map(|note| shown(note).into_owned()));
        Ok(Evaluated {
            heading: format!("{title}; energy is that of events, means per input"),
            table: report::answers_table(&rows, &self.timing),
            rows,
            below,
            mark: self.setup.mark(),
            journal,
        })
    }
}
