//! The network inside the program, its scenes and its calibration pictures, unpacked for the
//! readers of files.

use super::{Error, Failure, Result};
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
pub fn unpack(name: &Path) -> Result<Option<Inside>> {
    let known = NETWORKS.iter().find(|(known, _)| Path::new(known) == name);
    let Some((name, bytes)) = known.filter(|_| !name.exists()) else { return Ok(None) };
    let folder = tempfile::tempdir().map_err(|error| unpacking(&std::env::temp_dir(), error))?;
    let network = folder.path().join(format!("{name}.onnx"));
    write_file(&network, bytes)?;
    Ok(Some(Inside { folder, network }))
}

impl Inside {
    /// A folder with the 24 labelled test scenes.
    pub fn scenes(&self) -> Result<PathBuf> {
        let folder = self.folder.path().join("scenes");
        write(&folder, SCENES)?;
        let labels = include_bytes!("../../assets/scenes/annotations.json");
        write_file(&folder.join("annotations.json"), labels)?;
        Ok(folder)
    }

    /// A folder with pictures of training digits, to calibrate on.
    pub fn calibration(&self) -> Result<PathBuf> {
        let folder = self.folder.path().join("calibration");
        write(&folder, CALIBRATION)?;
        Ok(folder)
    }
}

/// What was asked for, or else what lies inside, if the network does.
pub fn given_or(
    given: &Option<PathBuf>,
    inside: &Option<Inside>,
    own: fn(&Inside) -> Result<PathBuf>,
) -> Result<Option<PathBuf>> {
    match (given, inside) {
        (None, Some(inside)) => own(inside).map(Some),
        (given, _) => Ok(given.clone()),
    }
}

fn write(folder: &Path, pictures: &[(&str, &[u8])]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| unpacking(folder, error))?;
    for (name, bytes) in pictures {
        write_file(&folder.join(name), bytes)?;
    }
    Ok(())
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| unpacking(path, error))
}

fn unpacking(path: &Path, error: std::io::Error) -> Failure {
    Error::Unpack { path: path.into(), error }.into()
}
