//! Tensors as numbers of cells, in the orders that networks and their exporters write.

use super::Frame;
use crate::ann::Shape;

/// Where the numbers of a cell stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One behind the other: `[cells, numbers]`.
    Rows,
    /// Each in a plane of `plane` cells: `[numbers, height, width]`. After the planes of the first
    /// so many cells come those of the next, as with anchors.
    Planes {
        /// Cells of a plane.
        plane: usize,
    },
}

/// A tensor by cell and number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    pub values: &'a [f32],
    /// Numbers of a cell.
    pub numbers: usize,
    pub order: Order,
}

impl Cells<'_> {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.numbers
    }

    /// A number of a cell.
    pub fn at(&self, cell: usize, number: usize) -> f64 {
        f64::from(
            self.values[match self.order {
                Order::Rows => cell * self.numbers + number,
                Order::Planes { plane } => {
                    (cell / plane * self.numbers + number) * plane + cell % plane
                }
            }],
        )
    }
}

/// The order of a tensor that has all numbers of a cell in its last dimension, ones left out;
/// `None` if it has others there.
pub(super) fn rows(shape: Shape, numbers: usize) -> Option<Order> {
    let dimensions = [shape.channels, shape.height, shape.width];
    let last = dimensions.into_iter().rev().find(|&side| side != 1);
    (last == Some(numbers) && !shape.is_empty()).then_some(Order::Rows)
}

/// The order of a tensor with a channel for each number; the cells stand in rows and columns, or
/// one behind the other.
pub(super) fn planes(shape: Shape, numbers: usize) -> Option<Order> {
    (shape.channels == numbers && !shape.is_empty())
        .then_some(Order::Planes { plane: shape.height * shape.width })
}

/// One cell of a grid: column, row and pixels per cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    pub column: usize,
    pub row: usize,
    pub stride: usize,
}

/// Columns and rows at a stride.
pub(super) fn grid(stride: usize, frame: Frame) -> (usize, usize) {
    (frame.width / stride, frame.height / stride)
}

/// How many cells these strides have.
pub(super) fn count(strides: &[usize], frame: Frame) -> usize {
    let of = |&stride: &usize| grid(stride, frame).0 * grid(stride, frame).1;
    strides.iter().map(of).sum()
}

/// The cells of all strides, one stride after the other, row by row.
pub(super) fn sites(strides: &[usize], frame: Frame) -> impl Iterator<Item = Site> {
    strides.iter().flat_map(move |&stride| {
        let (columns, rows) = grid(stride, frame);
        let site = move |cell| Site { column: cell % columns, row: cell / columns, stride };
        (0..columns * rows).map(site)
    })
}

/// The order of a tensor of the cells of these strides; rows first if `rows_first`, where both fit.
pub(super) fn order(
    shape: Shape,
    strides: &[usize],
    numbers: usize,
    rows_first: bool,
    frame: Frame,
) -> Option<Order> {
    let cells = count(strides, frame);
    if shape.len() != cells.checked_mul(numbers)? {
        return None;
    }
    let grid = match strides {
        [stride] => grid(*stride, frame),
        _ => (1, cells),
    };
    let as_cells = [(1, cells), (cells, 1), grid].contains(&(shape.width, shape.height));
    let planes = planes(shape, numbers).filter(|_| as_cells);
    match rows_first {
        true => rows(shape, numbers).or(planes),
        false => planes.or(rows(shape, numbers)),
    }
}

/// The shapes that [`order`] takes, for messages: the usual one first.
pub(super) fn expected(
    strides: &[usize],
    numbers: usize,
    rows_first: bool,
    frame: Frame,
) -> String {
    let cells = count(strides, frame);
    let rows = [cells, numbers, 1];
    let planes = match strides {
        [stride] => [numbers, grid(*stride, frame).1, grid(*stride, frame).0],
        _ => [numbers, cells, 1],
    };
    let (first, other) = if rows_first { (rows, planes) } else { (planes, rows) };
    format!("{first:?} or {other:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { width: 64, height: 32, classes: 1 };

    #[test]
    fn numbers_are_found_in_every_order() {
        // 6 cells of 2 numbers: that of cell c and number n is 10 c + n.
        let cell = |c: usize, n: usize| (10 * c + n) as f32;
        let rows: Vec<f32> = (0..12).map(|i| cell(i / 2, i % 2)).collect();
        let planes: Vec<f32> = (0..12).map(|i| cell(i % 6, i / 6)).collect();
        // Two anchors of 3 cells: cells 0..3, then 3..6.
        let anchors: Vec<f32> = (0..12).map(|i| cell(i / 6 * 3 + i % 3, i / 3 % 2)).collect();
        for (values, order) in [
            (&rows, Order::Rows),
            (&planes, Order::Planes { plane: 6 }),
            (&anchors, Order::Planes { plane: 3 }),
        ] {
            let cells = Cells { values, numbers: 2, order };
            assert_eq!(cells.len(), 6);
            for c in 0..6 {
                assert_eq!([cells.at(c, 0), cells.at(c, 1)], [0, 1].map(|n| f64::from(cell(c, n))));
            }
        }
    }

    #[test]
    fn cells_follow_each_other_row_by_row() {
        let sites: Vec<_> = sites(&[16, 32], FRAME).map(|s| (s.column, s.row, s.stride)).collect();
        let fine = (0..8).map(|i| (i % 4, i / 4, 16));
        assert_eq!(sites, fine.chain([(0, 0, 32), (1, 0, 32)]).collect::<Vec<_>>());
        assert_eq!(count(&[16, 32], FRAME), 10);
    }

    #[test]
    fn shapes_tell_the_order() {
        let order = |c, h, w, strides: &[usize], rows_first| {
            order(Shape::new(c, h, w), strides, 6, rows_first, FRAME)
        };
        let planes = |plane| Some(Order::Planes { plane });
        for first in [true, false] {
            // 8 + 2 cells of 6 numbers.
            assert_eq!(order(10, 6, 1, &[16, 32], first), Some(Order::Rows));
            assert_eq!(order(1, 10, 6, &[16, 32], first), Some(Order::Rows));
            assert_eq!(order(6, 10, 1, &[16, 32], first), planes(10));
            assert_eq!(order(6, 1, 10, &[16, 32], first), planes(10));
            assert_eq!(order(6, 2, 5, &[16, 32], first), None);
            assert_eq!(order(6, 9, 1, &[16, 32], first), None);
            assert_eq!(order(5, 12, 1, &[16, 32], first), None);
            // One stride: a grid, with its numbers first or last.
            assert_eq!(order(6, 2, 4, &[16], first), planes(8));
            assert_eq!(order(2, 4, 6, &[16], first), Some(Order::Rows));
            assert_eq!(order(6, 4, 2, &[16], first), None);
        }
        // 6 cells of 6 numbers fit both ways.
        let square = Frame { width: 3, height: 2, classes: 1 };
        let shape = Shape::new(6, 6, 1);
        assert_eq!(super::order(shape, &[1], 6, true, square), Some(Order::Rows));
        assert_eq!(super::order(shape, &[1], 6, false, square), planes(6));
    }
}
