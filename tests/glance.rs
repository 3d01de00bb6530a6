//! What a run says on the screen, in `where.svg` and as JSON is what its CSV files hold.

use crate::runs::{Row, rows};
use crate::small_detector::{Files, spikemesh};
use assert_cmd::Command;
use serde_json::Value;
use spikemesh::report::significant;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const PROFILES: [&str; 3] = ["loihi1-davies2018", "spinnaker1", "ideal-45nm"];

/// One run, with all that it says.
struct Said {
    table: Vec<String>,
    svg: Vec<String>,
    json: Value,
    summary: Row,
    assumptions: Vec<Row>,
    energy: Vec<Row>,
    layers: Vec<Row>,
    latency: Vec<Row>,
}

impl Said {
    /// Runs twice: for people, and as JSON.
    fn by(run: &dyn Fn() -> Command, profile: &str, dir: &Path) -> Said {
        let out = dir.join(profile);
        let said = |out: &Path, more: &[&str]| {
            let mut command = run();
            command.args(["--profile", profile, "--idealised", "--out"]).arg(out).args(more);
            let output = command.assert().success().get_output().stdout.clone();
            String::from_utf8(output).unwrap()
        };
        let table = said(&out, &[]);
        let json = said(&dir.join(format!("{profile}-json")), &["--json"]);
        let svg = fs::read_to_string(out.join("where.svg")).unwrap();
        let csv = |name: &str| rows(&out.join(name));
        Said {
            table: table.lines().map(String::from).collect(),
            svg: texts(&svg),
            json: serde_json::from_str(&json).unwrap(),
            summary: csv("summary.csv").swap_remove(0),
            assumptions: csv("assumptions.csv"),
            energy: csv("energy.csv"),
            layers: csv("layers.csv"),
            latency: csv("latency.csv"),
        }
    }

    /// Name, number and share of the rows below a title; `column` is where they begin.
    fn listed(&self, title: &str, column: usize) -> (String, Vec<[String; 3]>) {
        let at = self.table.iter().position(|line| line.contains(title)).expect(title);
        let cells = |line: &str| {
            let half: String = line.chars().skip(column).take(38).collect();
            let name: String = half.chars().take(22).collect();
            let numbers: String = half.chars().skip(22).collect();
            let mut numbers = numbers.split_whitespace();
            let number = numbers.next().unwrap_or_default().to_owned();
            [name.trim().to_owned(), number, numbers.collect::<Vec<_>>().join(" ")]
        };
        let unit = cells(&self.table[at])[1].clone();
        let below = self.table[at + 1..].iter().take_while(|line| line.starts_with("  "));
        (unit, below.map(|line| cells(line)).filter(|cells| !cells[0].is_empty()).collect())
    }
}

/// The texts of an SVG picture.
fn texts(svg: &str) -> Vec<String> {
    let inner = |part: &str| part.split('>').nth(1).map(|text| text.trim().to_owned());
    svg.split("</text>").filter_map(|part| inner(part.rsplit("<text").next()?)).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

fn percent(share: f64) -> String {
    match 100.0 * share {
        few if few > 0.0 && few < 0.5 => "<1 %".into(),
        percent => format!("{percent:.0} %"),
    }
}

/// A unit's part of a millijoule or a millisecond.
fn in_milli(unit: &str) -> f64 {
    match unit.chars().next() {
        Some('m') => 1.0,
        Some('u') => 1e3,
        Some('n') => 1e6,
        Some('p') => 1e9,
        _ => panic!("{unit} is no unit"),
    }
}

/// The largest three with their names, then the others.
fn largest(mut parts: Vec<(String, f64)>, unit: &str) -> Vec<[String; 3]> {
    let all: f64 = parts.iter().map(|part| part.1).sum();
    let row = |(name, milli): &(String, f64)| {
        let share = if all > 0.0 { milli / all } else { 0.0 };
        [name.clone(), significant(milli * in_milli(unit)), percent(share)]
    };
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut rows: Vec<_> = parts.iter().take(3).map(row).collect();
    if parts.len() > 3 {
        let rest: f64 = parts[3..].iter().map(|part| part.1).sum();
        rows.push(row(&(format!("others ({})", parts.len() - 3), rest)));
    }
    rows
}

fn check(said: &Said) {
    let summary = &said.summary;
    // What it takes.
    let takes = |name: &str| -> Vec<String> {
        let line = said.table.iter().find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {:#?}", said.table));
        line.split_whitespace().map(String::from).collect()
    };
    let energy = takes("energy, ");
    let unit = energy[1].clone();
    let milli = |column: &str| significant(number(summary, column) / 1e3 * in_milli(&unit));
    assert_eq!(energy[2], milli("energy_uj"));
    if energy.len() > 3 {
        let ends = [&energy[3], &energy[5]];
        assert_eq!(ends, [&milli("energy_low_uj"), &milli("energy_high_uj")]);
    } else {
        assert_eq!(summary["energy_low_uj"], summary["energy_high_uj"]);
    }
    let parts = ["dynamic", "static", "system"].map(|s| number(summary, &format!("energy_{s}_uj")));
    let sum: f64 = parts.iter().sum();
    assert!((sum - number(summary, "energy_uj")).abs() <= 1e-12 * sum);
    let timed = !summary["latency_us"].is_empty();
    assert!(!timed || number(summary, "latency_us") > 0.0);
    let power = takes("average power, mW");
    match timed {
        true => assert_eq!(power[3], significant(number(summary, "mean_power_mw"))),
        false => assert_eq!((&power[3][..], &summary["mean_power_mw"][..]), ("-", "")),
    }

    // Where it goes.
    let mut components: BTreeMap<&str, f64> = BTreeMap::new();
    for row in &said.energy {
        *components.entry(&row["component"]).or_default() += number(row, "nominal_uj") / 1e3;
    }
    let paid = components.iter().filter(|(_, milli)| **milli > 0.0);
    let paid: Vec<(String, f64)> = paid.map(|(name, milli)| (name.to_string(), *milli)).collect();
    let (unit, listed) = said.listed("where the energy goes", 0);
    assert_eq!(listed, largest(paid, &unit));
    let layers: Vec<(String, f64)> = (said.layers.iter())
        .map(|row| (row["layer"].clone(), number(row, "energy_dynamic_uj") / 1e3))
        .collect();
    let (_, listed) = said.listed("where the energy goes", 40);
    let cut = |row: [String; 3]| {
        let name: String = row[0].chars().take(19).collect();
        [if name == row[0] { name } else { format!("{name}…") }, row[1].clone(), row[2].clone()]
    };
    let expected: Vec<_> = largest(layers.clone(), &unit).into_iter().map(cut).collect();
    assert_eq!(listed, expected);

    // The same in the picture.
    for (name, milli) in layers.iter().take(3) {
        let shown = significant(milli * in_milli(&unit));
        assert!(said.svg.contains(&shown), "{name}: {shown} is not in {:?}", said.svg);
    }

    // When.
    let ps = |us: f64| (us * 1e6).round();
    let sum = |of: &dyn Fn(&Row) -> f64| said.latency.iter().map(of).map(ps).sum::<f64>() / 1e9;
    let parts = [
        ("computation", sum(&|row| number(row, "work_us"))),
        ("network", sum(&|row| number(row, "network_us"))),
        ("synchronisation", sum(&|row| number(row, "sync_us"))),
    ];
    let json = &said.json["rows"][0];
    if timed {
        let (unit, listed) = said.listed("where the time goes", 0);
        let all: f64 = parts.iter().map(|part| part.1).sum();
        for (n, (name, milli)) in parts.into_iter().enumerate() {
            let shown = significant(milli * in_milli(&unit));
            assert_eq!(listed[n], [name.into(), shown.clone(), percent(milli / all)]);
            assert!(said.svg.contains(&shown), "{name}: {shown} is not in {:?}", said.svg);
            assert_eq!(json["time"][n]["time_ms"].as_f64(), Some(milli));
        }
    }

    // And as JSON.
    let close = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{value}, {expected}");
    };
    close(&json["energy_mj"]["nominal"], number(summary, "energy_uj") / 1e3);
    close(&json["energy_mj"]["high"], number(summary, "energy_high_uj") / 1e3);
    match timed {
        true => close(&json["latency_ms"]["nominal"], number(summary, "latency_us") / 1e3),
        false => assert!(json["latency_ms"].is_null() && json["time"] == serde_json::json!([])),
    }
    assert_eq!(json["counts"]["packets"].to_string(), summary["packets"]);
    assert_eq!(json["assumptions"].as_array().unwrap().len() as u64, {
        let sentence = |row: &Row| match &row["verdict"][..] {
            "dropped" => format!("dropped: {}", row["assumption"]),
            _ => row["assumption"].clone(),
        };
        let told: Vec<String> = said.assumptions.iter().map(sentence).collect();
        assert_eq!(json["assumptions"], serde_json::json!(told));
        number(summary, "assumption_count") as u64
    });

    // Eighty columns.
    for line in said.table.iter().filter(|line| !line.starts_with("written to")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

fn on_all_profiles(run: &dyn Fn() -> Command) {
    let dir = tempfile::tempdir().unwrap();
    for profile in PROFILES {
        check(&Said::by(run, profile, dir.path()));
    }
}

fn inside(name: &'static str, more: &'static [&'static str]) -> impl Fn() -> Command {
    move || {
        let mut command = spikemesh();
        command.args(["run", name, "--timing", "analytic"]).args(more);
        command
    }
}

#[test]
fn the_network_inside() {
    on_all_profiles(&inside("digits", &["--steps", "4"]));
}

#[test]
fn the_network_of_four_levels() {
    on_all_profiles(&inside("digits-l4", &["--steps", "2"]));
}

#[test]
fn a_network_of_the_user() {
    let files = Files::write();
    on_all_profiles(&|| {
        let mut run = files.run();
        run.args(["--steps", "4"]);
        run
    });
}

#[test]
fn a_converted_network() {
    let files = Files::write();
    let converted = files.path("small.spikemesh");
    let mut convert = spikemesh();
    convert.arg("convert").arg(&files.network).arg("--calibrate").arg(&files.image);
    convert.arg("--detector").arg(&files.detector).arg("--out").arg(&converted);
    convert.assert().success();
    on_all_profiles(&|| {
        let mut run = spikemesh();
        run.arg("run").arg(&converted).arg("--input").arg(&files.image);
        run.arg("--detector").arg(&files.detector).args(["--steps", "3"]);
        run
    });
}

#[test]
fn a_network_from_csv() {
    let dir = tempfile::tempdir().unwrap();
    let neurons = "id,model,tile,core_in_tile,threshold\n0,input,0,0,\n1,lif,1,0,5\n2,lif,2,0,5\n";
    fs::write(dir.path().join("neurons.csv"), neurons).unwrap();
    fs::write(dir.path().join("synapses.csv"), "pre,post,weight\n0,1,6\n1,2,7\n").unwrap();
    fs::write(dir.path().join("inputs.csv"), "step,neuron\n1,0\n2,0\n").unwrap();
    let run = || {
        let mut run = spikemesh();
        run.arg("run").arg(dir.path()).args(["--steps", "4"]);
        run
    };
    let out = tempfile::tempdir().unwrap();
    for profile in ["loihi1-davies2018", "loihi1-sanafe", "truenorth"] {
        check(&Said::by(&run, profile, out.path()));
    }
}

/// Without steps nothing waits for the end of one.
#[test]
fn chips_without_steps_idle() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = spikemesh();
    let run = run.args(["run", "--profile", "speck", "--out"]).arg(dir.path().join("speck"));
    let said = String::from_utf8(run.assert().success().get_output().stdout.clone()).unwrap();
    assert!(said.contains("  idle ") && said.contains("serves no packet"), "{said}");
    assert!(!said.contains("synchronisation") && !said.contains("end of steps"), "{said}");
}

/// Names of layers may hold what XML and a terminal may not.
#[test]
fn control_characters_reach_no_picture() {
    let files = Files::write();
    let odd = files.path("od\u{1b}d\u{1}.png");
    fs::copy(&files.image, &odd).unwrap();
    let mut run = spikemesh();
    run.arg("run").arg(&files.network).arg("--input").arg(&odd);
    run.arg("--detector").arg(&files.detector).args(["--steps", "2", "--out"]);
    run.arg(files.path("out")).assert().success();
    for name in ["where.svg", "heatmap_cores.svg", "congestion.svg"] {
        let svg = fs::read_to_string(files.path("out").join(name)).unwrap();
        assert!(svg.chars().all(|c| !c.is_control() || c == '\n'), "{name}");
        assert!(svg.contains("od\\u{1b}d"), "{name}");
    }
}

#[test]
fn quiet_is_quiet_and_excludes_json() {
    let dir = tempfile::tempdir().unwrap();
    let run = |out: &str, more: &[&str]| {
        let mut run = inside("digits", &["--steps", "1"])();
        run.arg("--out").arg(dir.path().join(out)).args(more);
        run
    };
    let quiet = run("quiet", &["--quiet"]).assert().success();
    assert_eq!(
        (&quiet.get_output().stdout[..], &quiet.get_output().stderr[..]),
        (&b""[..], &b""[..])
    );
    assert!(dir.path().join("quiet/summary.csv").exists());
    let failed = run("quiet", &["--quiet"]).assert().failure();
    assert!(!failed.get_output().stderr.is_empty());
    run("both", &["--quiet", "--json"]).assert().code(2);
}

/// The first command of README on a screen of 80 columns and 45 lines.
#[test]
fn the_first_run_fits_a_screen() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = spikemesh();
    let run = run.arg("run").arg("--out").arg(dir.path().join("first")).assert().success();
    let table = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(table.lines().count() <= 45, "{table}");
    for word in [
        "energy, mJ",
        "where the energy goes",
        "where the time goes",
        "of the energy.",
        "of the time",
        "boxes of score",
        "assumptions about the chip; assumptions.csv lists them",
    ] {
        assert!(table.contains(word), "{word}: {table}");
    }
}
