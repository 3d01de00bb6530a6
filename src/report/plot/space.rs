//! `layers/heatmap_<layer>`: spikes of a layer over the picture; `layers`: all of them on a sheet.

mod sheet;

use super::Heading;
use super::canvas::{Anchor, COLOUR_BAR, Draw, HEADING, ZOOM, png, white};
use super::colour::{INK, colour};
use super::scale::{Scale, cell_ticks};
use crate::activity::{Activity, Layer};
use crate::report::totals::fires;
use crate::report::{Error, names};
use rayon::prelude::*;
use std::path::Path;

/// Folder of the pictures, and the stem of their sheet.
const LAYERS: &str = "layers";
/// Longest side of the map in units of the layout; a map of more positions has one unit each.
const PANEL: usize = 360;
const LEFT: i32 = 48;
const TOP: i32 = HEADING + 8;
const BOTTOM: i32 = 34;

/// Layers that have a place in the picture and can fire.
fn is_spatial(layer: &Layer) -> bool {
    !layer.shapeless && fires(layer) && layer.height * layer.width > 1
}

pub(super) fn write(dir: &Path, heading: &Heading, activity: &Activity) -> Result<(), Error> {
    let layers: Vec<&Layer> = activity.layers.iter().filter(|layer| is_spatial(layer)).collect();
    if layers.is_empty() {
        return Ok(());
    }
    let dir = &dir.join(LAYERS);
    std::fs::create_dir(dir).map_err(|source| Error::Create { path: dir.clone(), source })?;
    let names = names::unique(layers.iter().map(|layer| layer.name.as_str()), &[]);
    // Tens of pictures of a large network; each is a file of its own, so order does not matter.
    layers.par_iter().zip(names).try_for_each(|(layer, name)| {
        write_layer(&dir.join(format!("heatmap_{name}.png")), heading, layer)
    })?;
    sheet::write(&dir.with_extension("png"), heading, &layers)
}

/// From nothing to the largest number of spikes at a position.
fn scale(layer: &Layer) -> Scale {
    Scale::fitting(layer.spikes_per_position.iter().map(|&spikes| spikes as f64))
}

fn write_layer(path: &Path, heading: &Heading, layer: &Layer) -> Result<(), Error> {
    let cell = (PANEL / layer.height.max(layer.width)).clamp(1, 96);
    let [width, height] = [(layer.width * cell) as i32, (layer.height * cell) as i32];
    let size = [(LEFT + width + 18 + COLOUR_BAR).max(590), TOP + height.max(120) + BOTTOM];
    let scale = scale(layer);
    let mut pixels = white(size);
    let zoom = ZOOM as usize;
    let stride = size[0] as usize * zoom * 3;
    for (y, row) in layer.spikes_per_position.chunks(layer.width).enumerate() {
        // One line of pixels is made and copied; a rectangle per position would take seconds.
        let line: Vec<u8> = row
            .iter()
            .flat_map(|&spikes| {
                let ink = colour(scale.share(spikes as f64));
                std::iter::repeat_n([ink.0, ink.1, ink.2], cell * zoom).flatten()
            })
            .collect();
        for inner in 0..cell * zoom {
            let start =
                ((TOP as usize + y * cell) * zoom + inner) * stride + LEFT as usize * zoom * 3;
            pixels[start..start + line.len()].copy_from_slice(&line);
        }
    }
    png(path, size, pixels, |canvas| -> Draw {
        let title = format!("layer {}: spikes per position{}", layer.name, scale.note());
        let second =
            format!("sum over {} channels and all steps; {}", layer.channels, heading.title);
        canvas.heading(&title, &second, heading, size[0])?;
        canvas.frame([LEFT, TOP], [width, height], INK)?;
        let middle = cell as i32 / 2;
        for x in cell_ticks(layer.width, 10) {
            let at = [LEFT + x as i32 * cell as i32 + middle, TOP + height + 6];
            canvas.text(at, &x.to_string(), 12, INK, Anchor::Below)?;
        }
        for y in cell_ticks(layer.height, 10) {
            let at = [LEFT - 7, TOP + y as i32 * cell as i32 + middle];
            canvas.text(at, &y.to_string(), 12, INK, Anchor::Right)?;
        }
        canvas.colour_bar([LEFT + width + 18, TOP], height.max(120), &scale)
    })
}
