//! The TOML file that describes a sweep.

use super::point::repeated;
use super::{Error, Point, Value};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

type Options = BTreeMap<String, Value>;

/// Every point has the options of `all`. The points are every combination of the values in `grid`,
/// and then each `point`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    all: Options,
    #[serde(default)]
    grid: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    point: Vec<Options>,
}

/// Most points of a sweep.
const MOST: usize = 1_000_000;

/// Reads the points that a file describes, in their order: of a grid, the last key in the order of
/// the alphabet varies fastest.
///
/// # Errors
/// The file cannot be read or has another form.
pub fn read_spec(path: &Path) -> Result<Vec<Point>, Error> {
    let text =
        crate::files::text(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let fault = |reason: String| Error::Spec { path: path.into(), reason };
    let spec: Spec = toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        fault(format!("{at}{}", error.message()))
    })?;
    let tables = std::iter::once(&spec.all).chain(&spec.point);
    if let Some(reason) = tables.map(repeated).chain([repeated(&spec.grid)]).flatten().next() {
        return Err(fault(reason));
    }
    let count = spec.grid.values().try_fold(1usize, |all, values| all.checked_mul(values.len()));
    if count.is_none_or(|count| count > MOST) {
        return Err(fault(format!("the grid has more than {MOST} points")));
    }
    let mut points = spec.point;
    if !spec.grid.is_empty() {
        points.splice(0..0, combinations(&spec.grid));
    }
    let whole = |point: Options| spec.all.clone().into_iter().chain(point).collect::<Point>();
    Ok(points.into_iter().map(whole).collect())
}

fn combinations(grid: &BTreeMap<String, Vec<Value>>) -> Vec<Options> {
    let mut all = vec![Options::new()];
    for (key, values) in grid {
        let with = |point: Options| {
            let one = move |value: &Value| {
                let mut point = point.clone();
                point.insert(key.clone(), value.clone());
                point
            };
            values.iter().map(one).collect::<Vec<_>>()
        };
        all = all.into_iter().flat_map(with).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_every_combination_and_points_follow() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.toml");
        let text = "all.timing = 'analytic'\n[grid]\nsteps = [4, 8]\nprofile = ['a', 'b']\n\
                    [[point]]\nsteps = 1\ntiming = 'event'\n";
        std::fs::write(&path, text).unwrap();
        let points = read_spec(&path).unwrap();
        let words: Vec<String> = points.iter().map(|point| point.words().join(" ")).collect();
        let of =
            |profile, steps| format!("run --profile={profile} --steps={steps} --timing=analytic");
        let grid = [of("a", 4), of("a", 8), of("b", 4), of("b", 8)];
        assert_eq!(words[..4], grid);
        assert_eq!(words[4..], ["run --steps=1 --timing=event"]);
        for (text, reason) in [
            ("[grid]\nsteps = 4", "line 2"),
            ("grids.steps = [4]", "unknown field"),
            ("[grid]\na=[1", "line 2"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read_spec(&path).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        let ten: Vec<String> =
            (b'a'..=b'g').map(|c| format!("{} = [1,2,3,4,5,6,7,8,9,0]", c as char)).collect();
        std::fs::write(&path, format!("[grid]\n{}", ten.join("\n"))).unwrap();
        assert!(read_spec(&path).unwrap_err().to_string().contains("more than"));
    }
}
