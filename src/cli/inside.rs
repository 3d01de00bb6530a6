//! The network inside the program, its scenes and its calibration pictures, unpacked for the
//! readers of files.

use miette::IntoDiagnostic;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Embedded networks, by the name that stands for them on the command line.
const NETWORKS: [(&str, &[u8]); 2] = [
    ("digits", include_bytes!("../../assets/networks/digits.onnx")),
    ("digits-l4", include_bytes!("../../assets/networks/digits-l4.onnx")),
];

macro_rules! pictures {
    ($path:literal, $name:literal, $($number:literal)*) => {
        &[$((
            concat!($name, "-", $number, ".png"),
            include_bytes!(concat!("../../assets/", $path, "/", $name, "-", $number, ".png")),
        )),*]
    };
}

const SCENES: &[(&str, &[u8])] = pictures!("scenes", "scene",
    "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11"
    "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23");

const CALIBRATION: &[(&str, &[u8])] =
    pictures!("calibration", "calibration", "00" "01" "02" "03" "04" "05" "06" "07");

/// Files of an embedded network; they go with this value.
pub struct Inside {
    folder: TempDir,
    pub network: PathBuf,
}

/// The embedded network called `name`, if there is one and no file has this name.
pub fn unpack(name: &Path) -> miette::Result<Option<Inside>> {
    let known = NETWORKS.iter().find(|(known, _)| Path::new(known) == name);
    let Some((name, bytes)) = known.filter(|_| !name.exists()) else { return Ok(None) };
    let folder = tempfile::tempdir().into_diagnostic()?;
    let network = folder.path().join(format!("{name}.onnx"));
    std::fs::write(&network, bytes).into_diagnostic()?;
    Ok(Some(Inside { folder, network }))
}

impl Inside {
    /// A folder with the 24 labelled test scenes.
    pub fn scenes(&self) -> miette::Result<PathBuf> {
        let folder = self.folder.path().join("scenes");
        write(&folder, SCENES)?;
        let labels = include_bytes!("../../assets/scenes/annotations.json");
        std::fs::write(folder.join("annotations.json"), labels).into_diagnostic()?;
        Ok(folder)
    }

    /// A folder with pictures of training digits, to calibrate on.
    pub fn calibration(&self) -> miette::Result<PathBuf> {
        let folder = self.folder.path().join("calibration");
        write(&folder, CALIBRATION)?;
        Ok(folder)
    }
}

/// What was asked for, or else what lies inside, if the network does.
pub fn given_or(
    given: &Option<PathBuf>,
    inside: &Option<Inside>,
    own: fn(&Inside) -> miette::Result<PathBuf>,
) -> miette::Result<Option<PathBuf>> {
    match (given, inside) {
        (None, Some(inside)) => own(inside).map(Some),
        (given, _) => Ok(given.clone()),
    }
}

fn write(folder: &Path, pictures: &[(&str, &[u8])]) -> miette::Result<()> {
    std::fs::create_dir_all(folder).into_diagnostic()?;
    for (name, bytes) in pictures {
        std::fs::write(folder.join(name), bytes).into_diagnostic()?;
    }
    Ok(())
}
