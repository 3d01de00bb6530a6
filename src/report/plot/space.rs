//! `layers/heatmap_<layer>`: spikes of a layer over the picture; `layers`: all of them on a sheet.

mod sheet;

use super::Heading;
use super::style::{Anchor, COLOUR_BAR, Draw, HEADING, INK, Scale, TEXT, cell_ticks, colour};
use super::target::{Made, Target};
use crate::activity::{Activity, Layer};
use crate::report::totals::fires;
use crate::report::{Error, names};
use rayon::prelude::*;

/// Folder of the pictures, and the stem of their sheet.
const LAYERS: &str = "layers";
/// Longest side of the map in units of the layout; a map of more positions has one unit each.
const PANEL_SIDE: usize = 360;
const LEFT: i32 = 60;
const TOP: i32 = HEADING + 8;
const BOTTOM: i32 = 44;

/// Layers that have a place in the picture and can fire.
pub(in crate::report) fn is_spatial(layer: &Layer) -> bool {
    !layer.shapeless && fires(layer) && layer.height * layer.width > 1
}

/// Draws the maps of all layers, and the sheet.
pub(super) fn write(target: &Target, heading: &Heading, activity: &Activity) -> Result<(), Error> {
    let layers: Vec<&Layer> = activity.layers.iter().filter(|layer| is_spatial(layer)).collect();
    if layers.is_empty() {
        return Ok(());
    }
    let names = names::unique(layers.iter().map(|layer| layer.name.as_str()), &[]);
    // Tens of pictures of a large network; each is a file of its own, so order does not matter.
    layers
        .par_iter()
        .zip(names)
        .try_for_each(|(layer, name)| write_layer(target, &name, heading, layer))?;
    sheet::write(target, LAYERS, heading, &layers)
}

/// From nothing to the largest number of spikes at a position.
fn scale(layer: &Layer) -> Scale {
    Scale::fitting(layer.spikes_per_position.iter().map(|&spikes| spikes as f64))
}

fn write_layer(target: &Target, name: &str, heading: &Heading, layer: &Layer) -> Result<(), Error> {
    let cell = (PANEL_SIDE / layer.height.max(layer.width)).clamp(1, 96);
    let [width, height] = [(layer.width * cell) as i32, (layer.height * cell) as i32];
    let size = [(LEFT + width + 18 + COLOUR_BAR).max(590), TOP + height.max(120) + BOTTOM];
    let scale = scale(layer);
    let name = format!("{LAYERS}/heatmap_{name}");
    target.picture(&name, size, Made::Cells, &|canvas| -> Draw {
        let title = format!("layer {}: spikes per position{}", layer.name, scale.note());
        let second =
            format!("sum over {} channels and all steps; {}", layer.channels, heading.title);
        canvas.heading(&title, &second, heading.idealised, size[0])?;
        canvas.map([LEFT, TOP], [width, height], [layer.width, layer.height], |[x, y]| {
            colour(scale.share(layer.spikes_per_position[y * layer.width + x] as f64))
        })?;
        canvas.frame([LEFT, TOP], [width, height], INK)?;
        let middle = cell as i32 / 2;
        for x in cell_ticks(layer.width, (width / 40).clamp(1, 10) as usize) {
            let at = [LEFT + x as i32 * cell as i32 + middle, TOP + height + 6];
            canvas.text(at, &x.to_string(), TEXT, INK, Anchor::Below)?;
        }
        for y in cell_ticks(layer.height, (height / 20).clamp(1, 10) as usize) {
            let at = [LEFT - 7, TOP + y as i32 * cell as i32 + middle];
            canvas.text(at, &y.to_string(), TEXT, INK, Anchor::Right)?;
        }
        canvas.text([LEFT + width / 2, TOP + height + 22], "x", TEXT, INK, Anchor::Below)?;
        canvas.text([LEFT - 44, TOP + height.max(20) / 2], "y", TEXT, INK, Anchor::Left)?;
        let bar = [LEFT + width + 18, TOP];
        canvas.colour_bar(bar, height.max(120), &scale, "spikes of a position")
    })
}
