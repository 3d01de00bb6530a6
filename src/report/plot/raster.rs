//! `activity.png`: which layer fires when. Layers by steps, with all spikes of each step above.

use super::Heading;
use super::style::{
    Anchor, COLOUR_BAR, Canvas, Draw, HEADING, INK, NOTHING, PANEL, Scale, TEXT, cell_ticks,
    colour, short,
};
use super::target::{Made, Target};
use crate::activity::{Activity, Layer};
use crate::report::Error;
use crate::report::totals::{fires, units};

/// Pixels of the steps together, about.
const WIDTH: usize = 640;
/// Pixels of the layers together, about.
const HEIGHT: usize = 1300;
/// Height of the bars of all spikes.
const BARS: i32 = 90;
const LEFT: i32 = 190;
const TOP: i32 = HEADING + 26;
/// Between bars and map.
const GAP: i32 = 36;
/// Totals to the right of the map.
const TOTALS: i32 = 70;
const BOTTOM: i32 = 62;

struct Raster<'a> {
    activity: &'a Activity,
    layers: Vec<&'a Layer>,
    /// Steps per column of the picture.
    block: usize,
    columns: usize,
    cell: [i32; 2],
}

pub(super) fn write(target: &Target, heading: &Heading, activity: &Activity) -> Result<(), Error> {
    let layers: Vec<&Layer> = activity.layers.iter().filter(|layer| fires(layer)).collect();
    let block = activity.steps.len().div_ceil(WIDTH).max(1);
    let columns = activity.steps.len().div_ceil(block);
    let cell = [
        (WIDTH / columns.max(1)).clamp(1, 40) as i32,
        (HEIGHT / layers.len().max(1)).clamp(2, 22) as i32,
    ];
    let raster = Raster { activity, layers, block, columns, cell };
    let size = raster.size();
    target.picture("activity", size, Made::Cells, &|canvas| raster.draw(canvas, heading))
}

impl Raster<'_> {
    fn map_size(&self) -> [i32; 2] {
        [self.columns as i32 * self.cell[0], self.layers.len() as i32 * self.cell[1]]
    }

    fn size(&self) -> [i32; 2] {
        let [width, height] = self.map_size();
        [(LEFT + width + TOTALS + COLOUR_BAR).max(560), TOP + BARS + GAP + height.max(120) + BOTTOM]
    }

    /// Spikes per unit and step of a layer in a column; `None` while the layer waits or is done.
    fn rate(&self, layer: &Layer, column: usize) -> Option<f64> {
        let steps = column * self.block..((column + 1) * self.block).min(self.activity.steps.len());
        let spikes: u64 = layer.spikes_per_step.get(steps.clone())?.iter().sum();
        let window = layer.depth..layer.depth + self.activity.inference_steps as usize;
        // A layer that fires is awake, whatever its depth says (networks that are not retimed).
        let awake = spikes > 0 || (steps.start < window.end && window.start < steps.end);
        awake.then(|| spikes as f64 / (units(layer).max(1) as f64 * steps.len() as f64))
    }

    fn draw(&self, canvas: &Canvas, heading: &Heading) -> Draw {
        let size = self.size();
        canvas.heading(&heading.title, &heading.input, heading.idealised, size[0])?;
        self.bars(canvas)?;
        self.map(canvas)?;
        let note = "grey: outside the layer's own T steps, before the first spikes reach it or \
                    after its last";
        canvas.text(
            [14, size[1] - 14],
            &canvas.fit(note, TEXT, size[0] - 28),
            TEXT,
            INK,
            Anchor::Left,
        )
    }

    fn bars(&self, canvas: &Canvas) -> Draw {
        let totals: Vec<f64> = self
            .activity
            .steps
            .chunks(self.block)
            .map(|steps| {
                steps.iter().map(|step| step.counts.spikes as f64).sum::<f64>() / steps.len() as f64
            })
            .collect();
        let scale = Scale::of(totals.iter().copied());
        let width = self.map_size()[0];
        canvas.text(
            [LEFT, TOP - 12],
            "spikes of all layers in a step",
            PANEL,
            INK,
            Anchor::Left,
        )?;
        let inner = if self.cell[0] >= 5 { self.cell[0] - 1 } else { self.cell[0] };
        for (column, &total) in totals.iter().enumerate() {
            let high = (scale.share(total) * f64::from(BARS)).round() as i32;
            let at = [LEFT + column as i32 * self.cell[0], TOP + BARS - high];
            canvas.rect(at, [inner, high], colour(0.4))?;
        }
        canvas.rect([LEFT, TOP + BARS], [width, 1], INK)?;
        for tick in scale.ticks(3) {
            let y = TOP + BARS - (scale.share(tick) * f64::from(BARS)).round() as i32;
            canvas.text([LEFT - 7, y], &short(tick), TEXT, INK, Anchor::Right)?;
        }
        Ok(())
    }

    fn map(&self, canvas: &Canvas) -> Draw {
        let ([width, height], top) = (self.map_size(), TOP + BARS + GAP);
        let rates: Vec<Vec<Option<f64>>> = self
            .layers
            .iter()
            .map(|layer| (0..self.columns).map(|column| self.rate(layer, column)).collect())
            .collect();
        let scale = Scale::fitting(rates.iter().flatten().flatten().copied());
        let title = format!("how often each layer fires{}", scale.note());
        canvas.text(
            [LEFT, top - 12],
            &canvas.fit(&title, PANEL, width),
            PANEL,
            INK,
            Anchor::Left,
        )?;
        canvas.text([LEFT + width + 8, top - 12], "in all", TEXT, INK, Anchor::Left)?;
        canvas.rect([LEFT, top], [width, height], NOTHING)?;
        let font = (self.cell[1] - 2).clamp(8, 12);
        let labelled = cell_ticks(self.layers.len(), (height / 10).max(1) as usize);
        for (row, (layer, rates)) in self.layers.iter().zip(&rates).enumerate() {
            let y = top + row as i32 * self.cell[1];
            for (column, rate) in rates.iter().enumerate() {
                let Some(rate) = rate else { continue };
                let at = [LEFT + column as i32 * self.cell[0], y];
                canvas.rect(at, self.cell, colour(scale.share(*rate)))?;
            }
            if labelled.binary_search(&row).is_ok() {
                let middle = y + self.cell[1] / 2;
                let name = canvas.fit(&layer.name, font, LEFT - 20);
                canvas.text([LEFT - 7, middle], &name, font, INK, Anchor::Right)?;
                let spikes = short(layer.counts.spikes as f64);
                canvas.text([LEFT + width + 8, middle], &spikes, font, INK, Anchor::Left)?;
            }
        }
        canvas.frame([LEFT, top], [width, height], INK)?;
        for step in cell_ticks(self.activity.steps.len() + 1, (width / 50).max(1) as usize) {
            // Round numbers, and the first step, which is 1.
            let step = step.max(1);
            let column = ((step - 1) / self.block) as i32;
            let at = [LEFT + column * self.cell[0] + self.cell[0] / 2, top + height + 6];
            canvas.text(at, &step.to_string(), TEXT, INK, Anchor::Below)?;
        }
        canvas.text([LEFT + width / 2, top + height + 22], "step", TEXT, INK, Anchor::Below)?;
        canvas.colour_bar(
            [LEFT + width + TOTALS, top],
            height.clamp(120, 420),
            &scale,
            "spikes per unit and step",
        )
    }
}
