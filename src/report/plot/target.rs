//! Where pictures go, in which form, and which of them.

use super::style::{Canvas, Draw, Drawn};
use crate::report::Error;
use crate::scratch;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, RgbImage};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The form of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// No pictures.
    None,
    /// PNG alone.
    Png,
    /// SVG alone, where it is no photograph.
    Svg,
    /// PNG, and SVG beside it where that is not one of many small maps.
    #[default]
    Both,
}

/// Which pictures to draw, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plots {
    /// Their form.
    pub format: Format,
    /// Width and height of every picture in pixels; `None` lets each choose. The layout stays, and
    /// is enlarged or made smaller.
    pub size: Option<[u32; 2]>,
    /// The one to draw, by its file's name without the ending; `None` draws all.
    pub only: Option<String>,
}

impl Plots {
    /// No pictures.
    pub fn none() -> Plots {
        Plots { format: Format::None, ..Plots::default() }
    }
}

/// What a picture is made of, which decides its forms under [`Format::Both`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// Of lines and areas: both.
    Lines,
    /// Of many cells: PNG, and SVG where it alone is asked for.
    Cells,
    /// Of a photograph: PNG always.
    Photograph,
}

/// A folder that pictures are drawn into.
pub(super) struct Target<'a> {
    dir: &'a Path,
    plots: &'a Plots,
    drawn: Mutex<Vec<Drawn>>,
}

impl<'a> Target<'a> {
    pub fn new(dir: &'a Path, plots: &'a Plots) -> Target<'a> {
        Target { dir, plots, drawn: Mutex::default() }
    }

    /// What was drawn, by name.
    pub fn drawn(self) -> Vec<Drawn> {
        let mut drawn = self.drawn.into_inner().unwrap_or_default();
        drawn.sort_by(|a, b| a.name.cmp(&b.name));
        drawn
    }

    /// Whether a picture is wanted. Those of a folder are by its name, too.
    pub fn wants(&self, name: &str) -> bool {
        let asked = self.plots.only.as_deref();
        let chosen = asked.is_none_or(|only| {
            name == only || name.strip_prefix(only).is_some_and(|rest| rest.starts_with('/'))
        });
        chosen && self.plots.format != Format::None
    }

    /// Draws `name.png` and `name.svg`, as far as they are wanted, of `size` units.
    pub fn picture(
        &self,
        name: &str,
        size: [i32; 2],
        made: Made,
        draw: &dyn Fn(&Canvas) -> Draw,
    ) -> Result<(), Error> {
        if !self.wants(name) {
            return Ok(());
        }
        let path = |ending: &str| self.dir.join(format!("{name}.{ending}"));
        let [png, svg] = [path("png"), path("svg")];
        let fault = |path: &PathBuf, reason| Error::Draw { path: path.clone(), reason };
        let (format, asked) = (self.plots.format, self.plots.size);
        let mut texts = None;
        if format != Format::Svg || made == Made::Photograph {
            let drawn = Canvas::bitmap(size, asked, draw).map_err(|reason| fault(&png, reason))?;
            write(&png, &encoded(&drawn.0).map_err(|e| fault(&png, e.to_string()))?)?;
            texts = Some(drawn.1);
        }
        let vector = match format {
            Format::Svg => made != Made::Photograph,
            Format::Both => made == Made::Lines,
            _ => false,
        };
        if vector {
            let drawn = Canvas::vector(size, asked, draw).map_err(|reason| fault(&svg, reason))?;
            write(&svg, drawn.0.as_bytes())?;
            texts = texts.or(Some(drawn.1));
        }
        if let (Some(texts), Ok(mut drawn)) = (texts, self.drawn.lock()) {
            drawn.push(Drawn { name: name.into(), size, texts });
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let create = |source| Error::Create { path: path.into(), source };
    path.parent().map_or(Ok(()), scratch::folder_within).map_err(create)?;
    fs::write(path, bytes).map_err(|source| Error::Write { path: path.into(), source })
}

fn encoded(image: &RgbImage) -> Result<Vec<u8>, io::Error> {
    let mut bytes = vec![];
    // The usual level takes six times as long for files a third smaller, and was a quarter of a
    // short run.
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Level(1), FilterType::Paeth)
        .write_image(image, image.width(), image.height(), image::ExtendedColorType::Rgb8)
        .map_err(io::Error::other)?;
    Ok(bytes)
}
