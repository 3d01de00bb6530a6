//! What a run reads.

use crate::cli::Result;
use crate::cli::inside::{self, Inside};
use crate::cli::stdin::{self, Stdin};
use std::path::{Path, PathBuf};

/// What is read: as asked for, or what lies inside the program.
pub struct Files {
    pub network: PathBuf,
    pub input: Option<PathBuf>,
    pub calibrate: Option<PathBuf>,
    /// Scenes that `--input digits` stands for, and standard input; they go with this value.
    _held: (Option<Inside>, Option<Stdin>),
}

impl Files {
    /// As asked for; what was not, from `inside`.
    pub fn new(
        network: &Path,
        input: Option<&Path>,
        calibrate: Option<&Path>,
        inside: Option<&Inside>,
    ) -> Result<Files> {
        let (network, mut input, calibrate) =
            (network.to_owned(), input.map(Path::to_owned), calibrate.map(Path::to_owned));
        let sent = stdin::take(input.as_deref())?;
        if let Some(sent) = &sent {
            input = Some(sent.file.clone());
        }
        let scenes = input.as_deref().map(inside::unpack).transpose()?.flatten();
        if let Some(scenes) = &scenes {
            input = Some(scenes.first()?);
        }
        let Some(inside) = inside else {
            return Ok(Files { network, input, calibrate, _held: (scenes, sent) });
        };
        let input = match input {
            Some(input) => input,
            None => inside.first()?,
        };
        let calibrate = match calibrate {
            Some(calibrate) => calibrate,
            None => inside.calibration()?,
        };
        let (network, input, calibrate) = (inside.network.clone(), Some(input), Some(calibrate));
        Ok(Files { network, input, calibrate, _held: (scenes, sent) })
    }
}
