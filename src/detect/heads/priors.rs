//! Priors of SSD: the boxes that locations are told from.

use super::keys::{Positive, is_positive};
use super::{Centred, Frame};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// Where the priors come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Priors {
    /// As listed: centre and size in pixels of the input.
    Listed(Vec<[f64; 4]>),
    /// By levels, each with cells of its own.
    Levels {
        levels: Vec<Level>,
        /// Whether sides are cut to those of the input.
        clip: bool,
    },
}

/// A grid of cells with the same boxes about the middle of each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    /// Pixels of the input per cell; a fraction where the cells do not divide the input.
    stride: f64,
    /// Side of the square box, and the side that the next level begins with.
    sizes: (f64, Option<f64>),
    /// Width over height of further boxes; each counts both ways.
    ratios: Vec<f64>,
}

/// The keys of levels, as written.
pub(super) struct Keys {
    pub priors: Option<Listed>,
    pub stride: Option<Each>,
    pub sizes: Option<Sizes>,
    pub aspect_ratios: Option<Ratios>,
    pub clip: Option<bool>,
}

/// Priors in pixels of the input.
pub(super) struct Listed(Vec<[f64; 4]>);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Listed, D::Error> {
        let all = Vec::<[f64; 4]>::deserialize(source)?;
        let is_box = |&[x, y, width, height]: &[f64; 4]| {
            x.is_finite() && y.is_finite() && is_positive(width) && is_positive(height)
        };
        match !all.is_empty() && all.iter().all(is_box) {
            true => Ok(Listed(all)),
            false => Err(D::Error::custom(
                "priors must be a list of [centre x, centre y, width, height] in pixels of the \
                 input, every side above 0",
            )),
        }
    }
}

/// A stride for each level.
pub(super) struct Each(Vec<f64>);

impl<'de> Deserialize<'de> for Each {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Each, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "stride must be a number, or a list with one for each level, such as \
                         [16, 32, 64]"
        )]
        enum Form {
            One(f64),
            Each(Vec<f64>),
        }
        let strides = match Form::deserialize(source)? {
            Form::One(stride) => vec![stride],
            Form::Each(strides) => strides,
        };
        if strides.is_empty() || !strides.iter().all(|s| s.is_finite() && *s >= 1.0) {
            return Err(D::Error::custom(
                "every stride must be 1 or more; give the pixels of the input per cell",
            ));
        }
        Ok(Each(strides))
    }
}

/// `[side]` or `[side, next side]` for each level.
pub(super) struct Sizes(Vec<(f64, Option<f64>)>);

impl<'de> Deserialize<'de> for Sizes {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Sizes, D::Error> {
        let levels = Vec::<Vec<f64>>::deserialize(source)?;
        let pair = |level: &Vec<f64>| match level[..] {
            [side] if is_positive(side) => Some((side, None)),
            [side, next] if is_positive(side) && is_positive(next) => Some((side, Some(next))),
            _ => None,
        };
        levels.iter().map(pair).collect::<Option<_>>().map(Sizes).ok_or_else(|| {
            D::Error::custom(
                "sizes must be a list with [side] or [side, next side] for each level, in pixels \
                 of the input and above 0",
            )
        })
    }
}

/// Aspect ratios for each level.
#[derive(Deserialize)]
pub(super) struct Ratios(Vec<Vec<Positive>>);

impl Priors {
    /// What the keys say, or why they do not fit each other.
    pub fn new(keys: Keys) -> Result<Priors, String> {
        let Keys { priors, stride, sizes, aspect_ratios, clip } = keys;
        match (priors, stride, sizes) {
            (Some(Listed(all)), None, None) if aspect_ratios.is_none() && clip.is_none() => {
                Ok(Priors::Listed(all))
            }
            (None, Some(strides), Some(sizes)) => {
                let levels = Priors::levels(strides.0, sizes.0, aspect_ratios)?;
                Ok(Priors::Levels { levels, clip: clip.unwrap_or(false) })
            }
            _ => Err("kind ssd needs stride and sizes, and then aspect_ratios and clip may \
                      follow; or it needs priors alone"
                .into()),
        }
    }

    fn levels(
        strides: Vec<f64>,
        sizes: Vec<(f64, Option<f64>)>,
        ratios: Option<Ratios>,
    ) -> Result<Vec<Level>, String> {
        let ratios = ratios.unwrap_or_else(|| Ratios(strides.iter().map(|_| vec![]).collect()));
        let counts = [strides.len(), sizes.len(), ratios.0.len()];
        if counts != [strides.len(); 3] {
            return Err(format!(
                "stride is for {} levels, sizes for {} and aspect_ratios for {}; give each for the \
                 same levels",
                counts[0], counts[1], counts[2]
            ));
        }
        let level = |((stride, sizes), ratios): ((f64, _), Vec<Positive>)| Level {
            stride,
            sizes,
            ratios: ratios.into_iter().map(|ratio| ratio.0).collect(),
        };
        Ok(strides.into_iter().zip(sizes).zip(ratios.0).map(level).collect())
    }

    /// How many there are; `None` if they cannot be counted.
    pub fn count(&self, frame: Frame) -> Option<usize> {
        match self {
            Priors::Listed(all) => Some(all.len()),
            Priors::Levels { levels, .. } => levels.iter().try_fold(0usize, |sum, level| {
                let (columns, rows) = level.grid(frame);
                let boxes = columns.checked_mul(rows)?.checked_mul(level.boxes_a_cell())?;
                sum.checked_add(boxes)
            }),
        }
    }

    /// The one level, if there is one: columns, rows and boxes of a cell.
    pub fn single(&self, frame: Frame) -> Option<(usize, usize, usize)> {
        let Priors::Levels { levels, .. } = self else { return None };
        let [level] = &levels[..] else { return None };
        let (columns, rows) = level.grid(frame);
        Some((columns, rows, level.boxes_a_cell()))
    }

    /// All of them: level by level, row by row, and within a cell the square boxes first.
    pub fn all(&self, frame: Frame) -> Vec<Centred> {
        match self {
            Priors::Listed(all) => {
                let centred = |&[x, y, width, height]: &[f64; 4]| Centred { x, y, width, height };
                all.iter().map(centred).collect()
            }
            Priors::Levels { levels, clip } => {
                levels.iter().flat_map(|level| level.all(frame, *clip)).collect()
            }
        }
    }
}

impl Level {
    /// Columns and rows. A part of a cell at the edge counts; a hundredth is taken for rounding.
    fn grid(&self, frame: Frame) -> (usize, usize) {
        let cells = |side: usize| (side as f64 / self.stride - 0.01).ceil().max(1.0) as usize;
        (cells(frame.width), cells(frame.height))
    }

    fn boxes_a_cell(&self) -> usize {
        1 + usize::from(self.sizes.1.is_some()) + 2 * self.ratios.len()
    }

    /// Width and height of the boxes of a cell: the side, the mean of the side and the next, and
    /// each ratio both ways (Liu et al. 2016, section 2.2; the order of its Caffe program).
    fn sides(&self) -> Vec<[f64; 2]> {
        let (side, next) = self.sizes;
        let square = |side: f64| [side, side];
        let mut sides = vec![square(side)];
        sides.extend(next.map(|next| square((side * next).sqrt())));
        for ratio in &self.ratios {
            let root = ratio.sqrt();
            sides.extend([[side * root, side / root], [side / root, side * root]]);
        }
        sides
    }

    fn all(&self, frame: Frame, clip: bool) -> impl Iterator<Item = Centred> {
        let (columns, rows) = self.grid(frame);
        let sides = self.sides();
        let most = match clip {
            true => [frame.width as f64, frame.height as f64],
            false => [f64::INFINITY; 2],
        };
        let stride = self.stride;
        (0..columns * rows).flat_map(move |cell| {
            let middle = |cell: usize| (cell as f64 + 0.5) * stride;
            let (x, y) = (middle(cell % columns), middle(cell / columns));
            let centred = |[width, height]: [f64; 2]| Centred {
                x,
                y,
                width: width.min(most[0]),
                height: height.min(most[1]),
            };
            sides.iter().copied().map(centred).collect::<Vec<_>>()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn priors(stride: &str, sizes: &str, ratios: &str) -> Priors {
        #[derive(Deserialize)]
        struct Table {
            stride: Each,
            sizes: Sizes,
            aspect_ratios: Ratios,
        }
        let text = format!("stride = {stride}\nsizes = {sizes}\naspect_ratios = {ratios}");
        let Table { stride, sizes, aspect_ratios } = toml::from_str(&text).unwrap();
        let (stride, sizes) = (Some(stride), Some(sizes));
        let keys =
            Keys { priors: None, stride, sizes, aspect_ratios: Some(aspect_ratios), clip: None };
        Priors::new(keys).unwrap()
    }

    #[test]
    fn ssd300_has_8732_priors() {
        let priors = priors(
            "[8, 16, 32, 64, 100, 300]",
            "[[30, 60], [60, 111], [111, 162], [162, 213], [213, 264], [264, 315]]",
            "[[2], [2, 3], [2, 3], [2, 3], [2], [2]]",
        );
        let frame = Frame { width: 300, height: 300, classes: 20 };
        assert_eq!(priors.count(frame), Some(8732));
        let all = priors.all(frame);
        assert_eq!(all.len(), 8732);
        assert_eq!(all[0], Centred { x: 4.0, y: 4.0, width: 30.0, height: 30.0 });
        // The last of the second cell: ratio 1/2.
        let (width, height) = (30.0 / 2f64.sqrt(), 30.0 * 2f64.sqrt());
        assert_eq!(all[7], Centred { x: 12.0, y: 4.0, width, height });
        let last = all[8731];
        assert_eq!((last.x, last.y), (150.0, 150.0));
    }

    #[test]
    fn cells_may_be_fractions_of_pixels() {
        let frame = Frame { width: 300, height: 150, classes: 1 };
        let priors = priors("[15.78947, 106.6667]", "[[9], [9]]", "[[], []]");
        // 19 by 10 (9.5 rounded up) and 3 by 2.
        assert_eq!(priors.count(frame), Some(196));
        assert_eq!(priors.all(frame).len(), 196);
    }
}
