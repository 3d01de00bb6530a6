//! Elements of a tensor in another order and shape.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::{Shape, Window};

/// The output's elements, row by row over `axes`, taken from the input from `first` on: transposed
/// tensors, strided slices, space and depth exchanged, shuffled channels, repeated values.
///
/// The axes are those of the rearrangement; the output's shape has as many elements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Permute {
    /// Index in the input of the output's first element.
    pub first: usize,
    /// Axes of the rearrangement, outermost first.
    pub axes: Vec<Axis>,
}

/// How far apart in the input the elements along one axis are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Axis {
    /// `count` elements, each `stride` behind the one before; 0 repeats one, and a negative one
    /// turns their order.
    Even { 
        /// Elements along the axis.
        count: usize, 
        /// Elements of the input between two of them.
        stride: i64 },
    /// At these distances from the first.
    Listed(Vec<usize>),
}

/// A window of the input for each output cell, of which it takes one cell.
pub struct Strided {
    /// Size, stride, padding and dilation of the window.
    pub window: Window,
    /// By output channel, the input's, and the tap of the window.
    pub channels: Vec<(usize, usize)>,
}

impl Axis {
    /// Elements along the axis.
    pub fn count(&self) -> usize {
        match self {
            Axis::Even { count, .. } => *count,
            Axis::Listed(places) => places.len(),
        }
    }

    fn place(&self, index: usize) -> i64 {
        match self {
            Axis::Even { stride, .. } => index as i64 * stride,
            Axis::Listed(places) => places[index] as i64,
        }
    }

    /// The least and the largest distance.
    fn range(&self) -> [i128; 2] {
        match self {
            Axis::Even { count, stride } => {
                let last = count.saturating_sub(1) as i128 * i128::from(*stride);
                [last.min(0), last.max(0)]
            }
            Axis::Listed(places) => {
                let least = places.iter().min().copied().unwrap_or(0);
                let largest = places.iter().max().copied().unwrap_or(0);
                [least as i128, largest as i128]
            }
        }
    }
}

impl Permute {
    /// Where each element of the output stands in the input, in the output's order.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        let (last, outer) = match self.axes.split_last() {
            Some((last, outer)) => (Some(last), outer),
            None => (None, &[][..]),
        };
        let rows: usize = outer.iter().map(Axis::count).product();
        let row = move |mut index: usize| {
            let mut place = self.first as i64;
            for axis in outer.iter().rev() {
                place += axis.place(index % axis.count());
                index /= axis.count();
            }
            place
        };
        let width = last.map_or(1, Axis::count);
        (0..rows).flat_map(move |index| {
            let start = row(index);
            (0..width).map(move |x| (start + last.map_or(0, |last| last.place(x))) as usize)
        })
    }

    /// By output channel the input's, where whole channels change their places.
    pub fn of_channels(&self, from: Shape, to: Shape) -> Option<Vec<usize>> {
        let plane = to.height * to.width;
        if (from.height, from.width) != (to.height, to.width) {
            return None;
        }
        let mut channels = Vec::with_capacity(to.channels);
        for (n, place) in self.places().enumerate() {
            match n % plane {
                0 if place % plane == 0 => channels.push(place / plane),
                within if place == channels[n / plane..].first()? * plane + within => {}
                _ => return None,
            }
        }
        Some(channels)
    }

    /// The window by which each output cell takes one cell of the input.
    pub fn strided(&self, from: Shape, to: Shape) -> Option<Strided> {
        let area = from.height * from.width;
        let cell = |place: usize| (place / area, place % area / from.width, place % from.width);
        let places: Vec<usize> = self.places().collect();
        let corner = cell(*places.first()?);
        let step = |other: Option<&usize>, size: usize, of: fn((usize, usize, usize)) -> usize| {
            match other {
                Some(&place) if size > 1 => of(cell(place)).checked_sub(of(corner)),
                _ => Some(1),
            }
        };
        let stride = [
            step(places.get(to.width), to.height, |(_, y, _)| y)?,
            step(places.get(1), to.width, |(_, _, x)| x)?,
        ];
        let plane = to.height * to.width;
        let mut corners = Vec::with_capacity(to.channels);
        for (n, &place) in places.iter().enumerate() {
            if n % plane == 0 {
                corners.push(cell(place));
            }
            let (channel, top, left) = *corners.last()?;
            let (y, x) = (n % plane / to.width, n % to.width);
            if cell(place) != (channel, top + y * stride[0], left + x * stride[1]) {
                return None;
            }
        }
        let kernel = [
            corners.iter().map(|&(_, y, _)| y + 1).max()?,
            corners.iter().map(|&(_, _, x)| x + 1).max()?,
        ];
        let window = Window { kernel, stride, pad: [0; 2], dilation: [1; 2] };
        let small = stride.iter().all(|&s| s > 0) && crate::ann::check::window(&window);
        let channels = corners.iter().map(|&(c, y, x)| (c, y * kernel[1] + x)).collect();
        small.then_some(Strided { window, channels })
    }
}

impl Operator for Permute {
    fn name(&self) -> &'static str {
        "Permute"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        let product = |n: usize, axis: &Axis| n.checked_mul(axis.count());
        if self.axes.iter().try_fold(1usize, product) != Some(out.len()) || out.is_empty() {
            return false;
        }
        let add = |[low, high]: [i128; 2], axis: &Axis| {
            let [a, b] = axis.range();
            [low.saturating_add(a), high.saturating_add(b)]
        };
        let [low, high] = self.axes.iter().fold([self.first as i128; 2], add);
        low >= 0 && high < from.len() as i128
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        self.places().map(|place| inputs[0].values[place]).collect()
    }

    fn form(&self) -> Form<'_> {
        Form::Permute(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(count: usize, stride: i64) -> Axis {
        Axis::Even { count, stride }
    }

    #[test]
    fn whole_channels_and_strided_cells_are_found() {
        let from = Shape::new(4, 2, 6);
        let turned = Permute { first: 36, axes: vec![even(4, -12), even(12, 1)] };
        assert!(turned.fits(&[from], from));
        assert_eq!(turned.of_channels(from, from), Some(vec![3, 2, 1, 0]));
        let to = Shape::new(4, 1, 3);
        let every_other = Permute { first: 7, axes: vec![even(4, 12), even(3, 2)] };
        assert!(every_other.of_channels(from, to).is_none());
        let strided = every_other.strided(from, to).unwrap();
        assert_eq!((strided.window.kernel, strided.window.stride), ([2, 2], [1, 2]));
        assert_eq!(strided.channels, [(0, 3), (1, 3), (2, 3), (3, 3)]);
        let transposed = Permute { first: 0, axes: vec![even(12, 1), even(4, 12)] };
        let to = Shape::new(12, 4, 1);
        assert!(transposed.strided(from, to).is_none());
        let beyond = Permute { first: 1, axes: vec![even(4, 12), even(12, 1)] };
        assert!(!beyond.fits(&[from], from));
        let before = Permute { first: 0, axes: vec![even(48, -1)] };
        assert!(!before.fits(&[from], from));
    }
}
