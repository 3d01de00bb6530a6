//! The networks inside the program, their pictures and their calibration pictures, unpacked for
//! the readers of files.

mod sheet;

use super::{Error, Failure, Result, failure};
use crate::scratch::{self, ScratchFolder};
use crate::suggest;
use std::path::{Path, PathBuf};

/// An embedded network.
struct Embedded {
    /// Stands for it on the command line.
    name: &'static str,
    bytes: &'static [u8],
    pictures: Pictures,
}

/// What an embedded network sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pictures {
    /// Scenes with several digits.
    Scenes,
    /// Single digits.
    Digits,
}

macro_rules! embedded {
    ($name:literal, $pictures:ident) => {
        Embedded {
            name: $name,
            bytes: include_bytes!(concat!("../../assets/networks/", $name, ".onnx")),
            pictures: Pictures::$pictures,
        }
    };
}

/// All of them.
const NETWORKS: [Embedded; 5] = [
    embedded!("digits", Scenes),
    embedded!("digits-l4", Scenes),
    embedded!("digits-silu", Scenes),
    embedded!("digit-pools", Digits),
    embedded!("digit-256", Digits),
];

/// The network that runs where none is named, and those that stand in for it on chips that refuse
/// it, in the order in which they are tried.
pub const DEMONSTRATION: [&str; 3] = ["digits", "digit-pools", "digit-256"];

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
    folder: ScratchFolder,
    pictures: Pictures,
    pub network: PathBuf,
}

/// The embedded network called `name`, if there is one and no file has this name.
pub fn unpack(name: &Path) -> Result<Option<Inside>> {
    let known = NETWORKS.iter().find(|known| Path::new(known.name) == name);
    let Some(known) = known.filter(|_| !name.exists()) else { return Ok(None) };
    let Embedded { name, bytes, pictures } = *known;
    let folder = ScratchFolder::create(&std::env::temp_dir())
        .map_err(|error| unpacking(&std::env::temp_dir(), error))?;
    let network = folder.path().join(format!("{name}.onnx"));
    write_file(&network, bytes)?;
    failure::call(&network, name);
    Ok(Some(Inside { folder, pictures, network }))
}

/// The same for what must be a network: a name that is nearly that of one inside is told so.
pub fn network(name: &Path) -> Result<Option<Inside>> {
    let known = || NETWORKS.iter().map(|known| known.name);
    let plain = name.to_str().filter(|name| !name.contains(['.', '/', '\\']));
    if let Some(word) = plain.filter(|word| !name.exists() && !known().any(|one| one == *word)) {
        let hint = suggest::hint(word, known());
        let known = known().collect::<Vec<_>>().join(", ");
        return Err(Error::NoNetwork { name: word.into(), hint, known }.into());
    }
    unpack(name)
}

impl Inside {
    /// The one picture that runs where none is named.
    pub fn first(&self) -> Result<PathBuf> {
        Ok(match self.pictures {
            Pictures::Scenes => self.scenes()?.join(FIRST_SCENE),
            Pictures::Digits => self.scenes()?.join(sheet::FIRST),
        })
    }

    /// A folder with the 24 labelled test scenes, or of a classifier with its 100 test digits.
    pub fn scenes(&self) -> Result<PathBuf> {
        let folder = self.folder.path().join("scenes");
        if self.pictures == Pictures::Digits {
            sheet::unpack(&folder, sheet::TEST)?;
            return Ok(folder);
        }
        write(&folder, SCENES)?;
        let labels = include_bytes!("../../assets/scenes/annotations.json");
        write_file(&folder.join("annotations.json"), labels)?;
        Ok(folder)
    }

    /// A folder with pictures of training digits, to calibrate on.
    pub fn calibration(&self) -> Result<PathBuf> {
        let folder = self.folder.path().join("calibration");
        match self.pictures {
            Pictures::Scenes => write(&folder, CALIBRATION)?,
            Pictures::Digits => sheet::unpack(&folder, sheet::CALIBRATION)?,
        }
        Ok(folder)
    }
}

/// Of the scenes, the one that runs where none is named.
const FIRST_SCENE: &str = "scene-00.png";

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
    scratch::folder_within(folder).map_err(|error| unpacking(folder, error))?;
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
