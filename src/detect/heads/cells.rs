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

impl Order {
    /// Whether both find the same numbers in every cell: those of a plane of one cell stand behind
    /// each other, as in rows.
    fn reads_as(self, other: Order, numbers: usize) -> bool {
        let in_rows = |order| matches!(order, Order::Rows | Order::Planes { plane: 1 });
        self == other || numbers == 1 || in_rows(self) && in_rows(other)
    }
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

/// The order of a tensor that has all numbers of a cell in its last dimension, and before it the
/// cells, by these axes: each a dimension of its own, or flattened with its neighbours. Ones are
/// left out. `None` for any other: a plane may be as wide as a cell has numbers.
pub(super) fn rows(shape: Shape, numbers: usize, axes: &[usize]) -> Option<Order> {
    (leading(shape, numbers).is_some_and(|cells| flattens(axes, &cells))).then_some(Order::Rows)
}

/// The same for cells of any number.
pub(super) fn rows_of_any(shape: Shape, numbers: usize) -> Option<Order> {
    leading(shape, numbers).map(|_| Order::Rows)
}

/// What stands before a last dimension of `numbers`, ones left out.
fn leading(shape: Shape, numbers: usize) -> Option<Vec<usize>> {
    let sides = [shape.channels, shape.height, shape.width];
    let mut sides: Vec<usize> = sides.into_iter().filter(|&side| side != 1).collect();
    (sides.pop() == Some(numbers) && !shape.is_empty()).then_some(sides)
}

/// Whether these sides are the axes, neighbours flattened or not.
fn flattens(axes: &[usize], sides: &[usize]) -> bool {
    let mut axes = axes.iter().filter(|&&axis| axis != 1);
    let each = sides.iter().all(|&side| {
        let mut product = 1_usize;
        while product < side {
            let Some(&axis) = axes.next() else { return false };
            product = product.saturating_mul(axis);
        }
        product == side
    });
    each && axes.next().is_none()
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

/// The order of a tensor of the cells of these strides. Where both fit, rows come first if
/// `rows_first`; a grid comes as planes, as a convolution gives it.
pub(super) fn order(
    shape: Shape,
    strides: &[usize],
    numbers: usize,
    rows_first: bool,
    frame: Frame,
) -> Option<Order> {
    let (rows, planes) = both(shape, strides, numbers, frame);
    let in_grid = shape.width != 1 && shape.channels == numbers && planes.is_some();
    match rows_first && !in_grid {
        true => rows.or(planes),
        false => planes.or(rows),
    }
}

/// Rows and planes, if a tensor of the cells of these strides may be them.
fn both(
    shape: Shape,
    strides: &[usize],
    numbers: usize,
    frame: Frame,
) -> (Option<Order>, Option<Order>) {
    let cells = count(strides, frame);
    if cells.checked_mul(numbers) != Some(shape.len()) {
        return (None, None);
    }
    let grid = match strides {
        [stride] => grid(*stride, frame),
        _ => (1, cells),
    };
    let rows = match strides {
        [_] => rows(shape, numbers, &[grid.1, grid.0]),
        // Whatever dimensions they are in, the cells come in their order.
        _ => rows_of_any(shape, numbers),
    };
    let as_cells = [(1, cells), (cells, 1), grid].contains(&(shape.width, shape.height));
    (rows, planes(shape, numbers).filter(|_| as_cells))
}

/// A sentence where a tensor fits both orders, and one was taken.
pub(super) fn doubt(
    shape: Shape,
    strides: &[usize],
    numbers: usize,
    rows_first: bool,
    frame: Frame,
) -> Option<String> {
    let (rows, planes) = both(shape, strides, numbers, frame);
    let taken = order(shape, strides, numbers, rows_first, frame);
    let other = if taken == rows { planes } else { rows };
    doubted(shape, numbers, taken, other)
}

/// How a tensor was read that fits rows of `numbers` and planes, where the other would find other
/// numbers.
pub(super) fn doubted(
    shape: Shape,
    numbers: usize,
    taken: Option<Order>,
    other: Option<Order>,
) -> Option<String> {
    let (taken, other) = (taken?, other?);
    let name = |order| match order {
        Order::Rows => "rows",
        Order::Planes { .. } => "planes",
    };
    let shape = [shape.channels, shape.height, shape.width];
    (!taken.reads_as(other, numbers)).then(|| {
        let (taken, other) = (name(taken), name(other));
        format!(
            "{shape:?} is read as {taken} of {numbers} numbers a cell; {other} would fit as well"
        )
    })
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

    use proptest::prelude::*;

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
            // Several strides in whatever dimensions.
            assert_eq!(order(2, 5, 6, &[16, 32], first), Some(Order::Rows));
        }
        // 6 cells of 6 numbers fit both ways.
        let square = Frame { width: 3, height: 2, classes: 1 };
        let shape = Shape::new(6, 6, 1);
        assert_eq!(super::order(shape, &[1], 6, true, square), Some(Order::Rows));
        assert_eq!(super::order(shape, &[1], 6, false, square), planes(6));
    }

    /// Planes as wide as a cell has numbers are planes all the same.
    #[test]
    fn planes_are_no_rows() {
        let frame = |width, height| Frame { width, height, classes: 1 };
        for rows_first in [true, false] {
            let order = |c, h, w, frame| order(Shape::new(c, h, w), &[1], 8, rows_first, frame);
            let planes = Some(Order::Planes { plane: 48 });
            assert_eq!(order(8, 6, 8, frame(8, 6)), planes);
            assert_eq!(order(8, 8, 6, frame(6, 8)), planes);
            assert_eq!(order(6, 8, 8, frame(8, 6)), Some(Order::Rows));
            assert_eq!(order(8, 6, 8, frame(6, 8)), Some(Order::Rows));
            assert_eq!(order(8, 8, 8, frame(8, 8)), Some(Order::Planes { plane: 64 }));
            // A row of eight cells, as a convolution gives it.
            assert_eq!(order(8, 1, 8, frame(8, 1)), Some(Order::Planes { plane: 8 }));
        }
        let doubt = |c, h, w, frame| doubt(Shape::new(c, h, w), &[1], 8, true, frame);
        assert_eq!(doubt(8, 6, 8, frame(8, 6)), None);
        let told = "[8, 8, 8] is read as planes of 8 numbers a cell; rows would fit as well";
        assert_eq!(doubt(8, 8, 8, frame(8, 8)).as_deref(), Some(told));
        let told = "[8, 8, 1] is read as rows of 8 numbers a cell; planes would fit as well";
        assert_eq!(doubt(8, 8, 1, frame(4, 2)).as_deref(), Some(told));
        // One cell has one order.
        assert_eq!(doubt(8, 1, 1, frame(1, 1)), None);
        // Three anchors of 4 x 5 cells: flattened in order, or not at all.
        let rows = |c, h, w| rows(Shape::new(c, h, w), 7, &[3, 4, 5]);
        for (c, h, w) in [(60, 7, 1), (1, 60, 7), (12, 5, 7), (3, 20, 7)] {
            assert_eq!(rows(c, h, w), Some(Order::Rows), "{c} {h} {w}");
        }
        for (c, h, w) in [(4, 15, 7), (15, 4, 7), (60, 1, 1), (7, 60, 1), (61, 7, 1), (5, 12, 7)] {
            assert_eq!(rows(c, h, w), None, "{c} {h} {w}");
        }
    }

    proptest! {
        /// Orders are alike where they find the same number in every place, and nowhere else.
        #[test]
        fn orders_are_alike_that_find_the_same(
            numbers in 1_usize..5, planes in 1_usize..4, plane in 1_usize..5,
        ) {
            let values: Vec<f32> = (0..numbers * planes * plane).map(|n| n as f32).collect();
            let (rows, other) = (Order::Rows, Order::Planes { plane });
            let all = |order| {
                let cells = Cells { values: &values, numbers, order };
                let each = (0..cells.len()).flat_map(|c| (0..numbers).map(move |n| (c, n)));
                each.map(|(c, n)| cells.at(c, n)).collect::<Vec<_>>()
            };
            prop_assert_eq!(rows.reads_as(other, numbers), all(rows) == all(other));
            prop_assert_eq!(other.reads_as(rows, numbers), all(rows) == all(other));
        }

        /// Of all sizes, each form of a tensor has its own order; both only where they are alike.
        #[test]
        fn forms_are_told_apart(numbers in 5_usize..9, height in 1_usize..9, width in 1_usize..9) {
            let frame = Frame { width, height, classes: 1 };
            let order =
                |shape, rows_first| order(shape, &[1], numbers, rows_first, frame).unwrap();
            let (planes, rows) =
                (Shape::new(numbers, height, width), Shape::new(height, width, numbers));
            let cells = Order::Planes { plane: height * width };
            for rows_first in [true, false] {
                if planes != rows && height != 1 && width != 1 {
                    prop_assert_eq!(order(planes, rows_first), cells);
                    prop_assert_eq!(order(rows, rows_first), Order::Rows);
                }
            }
        }
    }
}
