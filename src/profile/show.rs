//! The texts of `profiles show` and `profiles list`.

use super::sheet::{Row, Section, sheet};
use super::{Cost, Profile};

/// Limits, capabilities, every cost with band, unit, basis and source, and how far to trust them.
pub fn render(profile: &Profile) -> String {
    let Profile { name, title, hash, trust, .. } = profile;
    let mut page = format!("{name}: {title}\nhash {hash}\n");
    for change in &profile.provenance.changes {
        page.push_str(&format!("changed: {change}\n"));
    }
    page.push_str(&format!("\n{trust}\n{}\n", bases(profile)));
    for Section { title, rows } in sheet(profile) {
        page.push_str(&format!("\n{title}\n"));
        rows.iter().for_each(|row| entry(&mut page, row));
    }
    page
}

fn entry(page: &mut String, Row { key, value, notes }: &Row) {
    page.push_str(&format!("  {key:<30} {value}\n"));
    notes.iter().for_each(|note| page.push_str(&format!("    {note}\n")));
}

/// One line on how the figures came about; zeros say nothing and are left out.
fn bases(profile: &Profile) -> String {
    let costs = profile.costs.all();
    let told: Vec<&&Cost> = costs.iter().filter(|cost| cost.high > 0.0).collect();
    let mut counts: Vec<(String, usize)> = vec![];
    for basis in told.iter().map(|cost| super::sheet::name(&cost.basis)) {
        match counts.iter_mut().find(|(known, _)| *known == basis) {
            Some((_, count)) => *count += 1,
            None => counts.push((basis, 1)),
        }
    }
    let counts: Vec<String> =
        counts.iter().map(|(basis, count)| format!("{count} {basis}")).collect();
    let free = costs.len() - told.len();
    format!(
        "Of {} costs: {free} zero (free, or not published), {}.",
        costs.len(),
        counts.join(", ")
    )
}

/// Fewest characters that say something.
const TELLING: usize = 40;

/// How far to trust a profile, in a line: the first sentence, or more where that is a few words.
pub fn brief(profile: &Profile) -> &str {
    let ends = profile.trust.match_indices(". ").map(|(at, _)| at + 1);
    let end = ends.into_iter().find(|&end| end >= TELLING);
    &profile.trust[..end.unwrap_or(profile.trust.len())]
}
