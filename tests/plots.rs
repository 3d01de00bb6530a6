//! Pictures: no text leaves them or covers another, and `plot` draws them again from their folder.

use crate::before::as_before;
use crate::detect::found;
use crate::report::common;
use crate::small_detector::spikemesh;
use spikemesh::detect::Rect;
use spikemesh::encode::Pixels;
use spikemesh::pipeline::Detections;
use spikemesh::report::{self, Drawn, Plots, TextBox};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of each command, small.
const COMMANDS: [(&str, &str); 5] = [
    ("run", "run digits --steps 4 --out run"),
    ("eval", "eval digits --checkpoints 2,4 --limit 2 --out eval"),
    ("compare", "compare digits --steps 4 --profile loihi1-davies2018,ideal-45nm --out compare"),
    ("tune", "tune digits --steps 8 --pictures 2 --judge 2 --budget 5 --out tune"),
    ("report", "convert digits --steps 4 --out digits.spikemesh --report report"),
];

fn made(root: &Path, command: &str) {
    spikemesh().current_dir(root).args(command.split(' ')).assert().success();
}

/// What `plot` does, with the places of all texts.
fn drawn(folder: &Path, out: &Path) -> Vec<Drawn> {
    let plots = Plots::default();
    report::draw_report(folder, out, &plots).unwrap().unwrap_or_else(|| {
        let (setup, outcome) = report::read_activity(folder).unwrap();
        let profile = spikemesh::profile::load(&setup.profile).unwrap();
        report::draw_input(out, &setup, &profile, &outcome, &plots).unwrap()
    })
}

/// The pictures below a folder.
fn pictures(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let layers = folder.join("layers");
    for folder in [folder, &layers].into_iter().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "png" || ending == "svg") {
                all.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    let below = |path: PathBuf| path.strip_prefix(folder).unwrap().to_path_buf();
    all.into_iter().map(|(path, bytes)| (below(path), bytes)).collect()
}

fn faultless(all: &[Drawn]) {
    assert!(!all.is_empty());
    let faults: Vec<String> = all.iter().flat_map(Drawn::faults).collect();
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
    assert!(all.iter().all(|picture| picture.texts.len() > 2));
}

/// Texts in their places, and the same bytes from the folder as from the command, and as from a
/// folder of an earlier version.
#[test]
fn pictures_are_drawn_again_and_no_text_is_misplaced() {
    let root = tempfile::tempdir().unwrap();
    for (folder, command) in COMMANDS {
        made(root.path(), command);
        let (folder, out) = (root.path().join(folder), root.path().join("again"));
        faultless(&drawn(&folder, &out));
        let (mut first, again) = (pictures(&folder), pictures(&out));
        // The photograph is not kept.
        let photographs = first.remove(Path::new("detections.png")).is_some();
        assert_eq!(photographs, command.starts_with("run "));
        assert!(first.keys().eq(again.keys()), "{:?} {:?}", first.keys(), again.keys());
        for (name, bytes) in &first {
            assert!(bytes == &again[name], "{command}: {} differs", name.display());
        }
        fs::remove_dir_all(&out).unwrap();
        as_before(&folder);
        drawn(&folder, &out);
        assert!(again == pictures(&out), "{command}: an earlier version");
        fs::remove_dir_all(out).unwrap();
    }
}

/// The same with names of layers, recipes, systems and searches that no line holds.
#[test]
fn long_names_leave_no_picture() {
    let root = tempfile::tempdir().unwrap();
    let long = "a/very_long.name".repeat(12);
    for (folder, command) in COMMANDS {
        made(root.path(), command);
        let folder = root.path().join(folder);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let ends = [".csv", ".json", ".toml", ".md"];
            let name = path.file_name().unwrap().to_str().unwrap();
            if !ends.iter().any(|end| name.ends_with(end)) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let mut longer = text.clone();
            for stem in ["act", "pool"] {
                for mark in ["\"name\":\"", "\n"] {
                    let (short, long) = (format!("{mark}{stem}"), format!("{mark}{long}{stem}"));
                    longer = longer.replace(&short, &long);
                }
            }
            for word in ["\nbest,", "\npaper,", "\nbayes,", "\ntitan-x,", "\nloihi1-davies2018,"] {
                let (mark, name) = word.split_at(1);
                longer = longer.replace(word, &format!("{mark}{long}{name}"));
            }
            longer = longer.replace("title = \"", &format!("title = \"{long}"));
            longer = longer.replace("# digits", &format!("# {long}"));
            fs::write(&path, longer).unwrap();
        }
        faultless(&drawn(&folder, &root.path().join("again")));
    }
}

/// A crowd of boxes of long names; what has no room is told.
#[test]
fn labels_of_boxes_cover_no_other() {
    let root = tempfile::tempdir().unwrap();
    for (width, height) in [(64, 48), (2000, 300), (300, 2000)] {
        let boxes = (0..40).map(|n| {
            let (x, y) = (f64::from(n % 8) * 7.0, f64::from(n / 8) * 6.0);
            found(n as usize % 5, 0.3 + f64::from(n) / 80.0, Rect::new([x, y, x + 20.0, y + 12.0]))
        });
        let boxes: Vec<_> = boxes.collect();
        let mut one = common::outcome("crowd");
        one.detections = Some(Detections {
            classes: vec!["a class of many letters ".repeat(20), "b".into()],
            float: boxes.clone(),
            spiking: boxes[..3].to_vec(),
            picture: Pixels::new(width, height, vec![90; width * height * 3]).unwrap(),
        });
        let (setup, plots) = (common::setup(true), Plots::default());
        let all = report::draw_input(root.path(), &setup, &common::profile(), &one, &plots);
        let all = all.unwrap();
        faultless(&all);
        let picture = all.iter().find(|picture| picture.name == "detections").unwrap();
        assert!(picture.texts.iter().any(|text| text.text.contains("T = ")));
        assert!(picture.texts.iter().any(|text| text.text.contains("no room")));
    }
}

/// The check itself fails where it has to.
#[test]
fn a_text_outside_and_two_at_one_place_are_found() {
    let text = |edges| TextBox { text: "name".into(), edges };
    let picture = |texts| Drawn { name: "where".into(), size: [200, 100], texts };
    let inside = text([10.0, 10.0, 60.0, 22.0]);
    assert!(picture(vec![inside.clone()]).faults().is_empty());
    assert_eq!(picture(vec![text([180.0, 10.0, 230.0, 22.0])]).faults().len(), 1);
    assert_eq!(picture(vec![inside, text([40.0, 15.0, 90.0, 27.0])]).faults().len(), 1);
}

#[test]
fn plots_come_in_the_form_and_size_that_is_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let endings = |folder: &str| {
        let all = pictures(&root.path().join(folder));
        let mut endings: Vec<String> = all
            .keys()
            .map(|path| path.extension().unwrap().to_str().unwrap().to_string())
            .collect();
        endings.sort();
        endings.dedup();
        endings.join(",")
    };
    let run = "run digits --steps 2 --timing analytic --plots";
    for (form, expected) in [("none", ""), ("png", "png"), ("svg", "png,svg"), ("both", "png,svg")]
    {
        made(root.path(), &format!("{run} {form} --out {form}"));
        assert_eq!(endings(form), expected, "{form}");
    }
    // Photographs stay PNG.
    let svg = pictures(&root.path().join("svg"));
    let pixels: Vec<_> = svg.keys().filter(|path| path.extension().unwrap() == "png").collect();
    assert_eq!(pixels, [Path::new("detections.png")]);
    made(root.path(), "plot none --only where --format png --size 800x600 --out one");
    let one = pictures(&root.path().join("one"));
    assert_eq!(one.keys().collect::<Vec<_>>(), [Path::new("where.png")]);
    let image = image::load_from_memory(&one[Path::new("where.png")]).unwrap();
    assert_eq!((image.width(), image.height()), (800, 600));
    made(root.path(), "plot none --only layers --format svg");
    let maps = pictures(&root.path().join("none/plots-1"));
    assert!(
        maps.len() > 5
            && maps
                .keys()
                .all(|path| path.starts_with("layers") || *path == Path::new("layers.svg"))
    );
}

#[test]
fn what_a_folder_cannot_give_is_said() {
    let root = tempfile::tempdir().unwrap();
    made(root.path(), "run digits --steps 2 --timing analytic --plots none --out run");
    let told = |line: &str| {
        let output = spikemesh().current_dir(root.path()).args(line.split(' ')).assert().code(1);
        String::from_utf8_lossy(&output.get_output().stderr).replace("\n  │", "")
    };
    let text = told("plot run --only detections --out again");
    assert!(text.contains("E2071") && text.contains("heatmap_cores, layers, where"), "{text}");
    assert!(!root.path().join("again").exists());
    fs::create_dir(root.path().join("empty")).unwrap();
    assert!(told("plot empty").contains("E1109"));
    for size in ["800", "0x9", "9x99999", "axb"] {
        let line = format!("plot run --size {size}");
        spikemesh().current_dir(root.path()).args(line.split(' ')).assert().code(2);
    }
}

/// The core map of `inspect` has a letter for every core, and says what letters stand for.
#[test]
fn the_core_map_shows_every_layer() {
    let output = spikemesh()
        .args(["inspect", "digits", "--profile", "loihi1-davies2018"])
        .assert()
        .success();
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let map = text.split("a letter is a core\n").nth(1).unwrap();
    let map = map.split("\n\n").next().unwrap();
    let (legend, rows): (Vec<&str>, Vec<&str>) = map.lines().partition(|line| line.contains('='));
    let cores: usize =
        rows.iter().flat_map(|row| row.chars()).filter(|c| c.is_alphabetic()).count();
    assert_eq!(cores, 796, "{map}");
    for name in ["a=act1", "b=pool1", "j=act6", "k=head", ".=empty"] {
        assert!(legend.iter().any(|line| line.split(' ').any(|entry| entry == name)), "{map}");
        assert!(rows.iter().any(|row| row.contains(&name[..1])));
    }
}
