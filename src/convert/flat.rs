//! Tensors in another shape than the populations that they are made of, and what is done to their
//! elements one by one.
//!
//! The float graph stores `[channels, height, width]`, so a reshape keeps the order of elements
//! while channels become others. Rules by channel must not look through it: they take each element
//! by its place, a dense layer takes them into its weights, and whatever else reads them gets units
//! of their own.

use std::ops::Range;

use super::Error;
use super::drive::{Drive, POINT, View};
use super::walk::{Unit, Value, Walk};
use crate::ann::{NodeId, Shape, Window};

/// Most weights that a change of shape may take.
const MOST_WEIGHTS: usize = 1 << 24;

pub const TOO_WIDE: &str = "it reads elements of a reshaped tensor one by one, which would take \
                            too many synapses here; put it before the reshape, or a dense layer \
                            between";

/// The elements of some views, one view after the other, each times a factor plus a constant.
#[derive(Debug, Clone)]
pub struct Flat {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    view: View,
    /// Which of the view's elements, counted as the float graph stores them.
    elements: Range<usize>,
    /// By element taken.
    scale: Vec<f64>,
    shift: Vec<f64>,
}

/// The value of each channel of `shape`, where all elements of each have one.
fn by_channel(values: &[f64], shape: Shape) -> Option<Vec<f64>> {
    let area = shape.height * shape.width;
    let alike = |channel: &[f64]| channel.iter().all(|v| *v == channel[0]).then_some(channel[0]);
    values.chunks_exact(area).map(alike).collect()
}

/// A window over all of `shape`, and the shape of as many channels as it has elements.
fn over(shape: Shape) -> (Window, Shape) {
    (Window { kernel: [shape.height, shape.width], ..POINT }, Shape::new(shape.len(), 1, 1))
}

impl Piece {
    fn whole(&self) -> bool {
        self.elements == (0..self.view.shape.len())
    }

    /// Factor and constant of an element of the view; none where it is not taken.
    fn of(&self, element: usize) -> Option<(f64, f64)> {
        let at = self.elements.contains(&element).then(|| element - self.elements.start)?;
        Some((self.scale[at], self.shift[at]))
    }

    /// Each element a channel.
    fn apart(&self) -> Option<Drive> {
        let (shape, area) = (self.view.shape, self.view.shape.height * self.view.shape.width);
        let (window, all) = over(shape);
        let bias = self.shift.clone();
        let factor = |element: usize| self.of(element).map_or(0.0, |(scale, _)| scale);
        if self.whole() {
            // An element reads no other channel than its own.
            let fits = all.channels.checked_mul(area).is_some_and(|n| n <= MOST_WEIGHTS);
            return fits.then(|| {
                Drive::conv(&self.view, all, window, shape.channels, bias, |tap, channel, out| {
                    if tap == out { factor(channel * area + tap) } else { 0.0 }
                })
            });
        }
        let taken = self.elements.len();
        let fits = shape.len().checked_mul(taken).is_some_and(|n| n <= MOST_WEIGHTS);
        fits.then(|| {
            Drive::conv(
                &self.view,
                Shape::new(taken, 1, 1),
                window,
                1,
                bias,
                |tap, channel, out| {
                    let element = channel * area + tap;
                    if element == self.elements.start + out { factor(element) } else { 0.0 }
                },
            )
        })
    }
}

impl Flat {
    pub fn of(view: View) -> Flat {
        let n = view.shape.len();
        Flat {
            pieces: vec![Piece { view, elements: 0..n, scale: vec![1.0; n], shift: vec![0.0; n] }],
        }
    }

    /// One after the other.
    pub fn join(parts: Vec<Flat>) -> Flat {
        Flat { pieces: parts.into_iter().flat_map(|part| part.pieces).collect() }
    }

    /// Whether some channel of what it is made of is a sum of several populations.
    pub fn has_sums(&self) -> bool {
        self.pieces.iter().any(|piece| piece.view.has_sums())
    }

    /// `scale * self + shift`, by element.
    pub fn affine(mut self, scale: &[f64], shift: &[f64]) -> Flat {
        let mut elements = scale.iter().zip(shift);
        for piece in &mut self.pieces {
            for ((own, constant), (s, t)) in
                piece.scale.iter_mut().zip(&mut piece.shift).zip(&mut elements)
            {
                *own *= s;
                *constant = *constant * s + t;
            }
        }
        self
    }

    /// Some of the elements.
    pub fn slice(self, range: Range<usize>) -> Flat {
        let mut first = 0;
        let cut = |piece: Piece| {
            let own = first..first + piece.elements.len();
            first = own.end;
            let (from, to) = (range.start.max(own.start), range.end.min(own.end));
            (from < to).then(|| {
                let within = from - own.start..to - own.start;
                let start = piece.elements.start;
                Piece {
                    elements: start + within.start..start + within.end,
                    scale: piece.scale[within.clone()].to_vec(),
                    shift: piece.shift[within].to_vec(),
                    view: piece.view,
                }
            })
        };
        Flat { pieces: self.pieces.into_iter().filter_map(cut).collect() }
    }

    /// The view itself, where it is one and nothing was done to its elements.
    pub fn view(&self) -> Option<&View> {
        match &self.pieces[..] {
            [p] if p.whole()
                && p.scale.iter().all(|&s| s == 1.0)
                && p.shift.iter().all(|&s| s == 0.0) =>
            {
                Some(&p.view)
            }
            _ => None,
        }
    }

    /// It in the shape of the view that it is made of, where that is one, and what was done to its
    /// elements is the same for all of a channel.
    pub fn in_own_shape(&self) -> Option<Drive> {
        let [piece] = &self.pieces[..] else { return None };
        let shape = piece.view.shape;
        let (scale, shift) = (by_channel(&piece.scale, shape)?, by_channel(&piece.shift, shape)?);
        piece.whole().then(|| Drive::identity(&piece.view).scaled(&scale, &shift))
    }

    /// Each element a channel; none where that would take too many weights.
    pub fn apart(&self) -> Option<Drive> {
        let n = self.pieces.iter().map(|piece| piece.elements.len()).sum();
        let mut all = Drive { shape: Shape::new(n, 1, 1), parts: vec![], bias: vec![] };
        for piece in &self.pieces {
            let (offset, drive) = (all.bias.len(), piece.apart()?);
            all.parts.extend(drive.parts.into_iter().map(|part| part.moved(offset)));
            all.bias.extend(drive.bias);
        }
        Some(all)
    }

    /// A linear combination of all elements for each of `bias`; `weight` is that of an element in
    /// an output.
    pub fn linear(&self, mut bias: Vec<f64>, weight: impl Fn(usize, usize) -> f64) -> Drive {
        let shape = Shape::new(bias.len(), 1, 1);
        let mut parts = vec![];
        let mut first = 0;
        for piece in &self.pieces {
            let area = piece.view.shape.height * piece.view.shape.width;
            let (window, _) = over(piece.view.shape);
            let place = |element: usize| first + element - piece.elements.start;
            let none = vec![0.0; bias.len()];
            let drive = Drive::conv(&piece.view, shape, window, 1, none, |tap, channel, out| {
                let element = channel * area + tap;
                piece.of(element).map_or(0.0, |(scale, _)| scale * weight(place(element), out))
            });
            parts.extend(drive.parts);
            for element in
                piece.elements.clone().filter(|&e| piece.of(e).is_some_and(|(_, t)| t != 0.0))
            {
                let shift = piece.of(element).map_or(0.0, |(_, shift)| shift);
                bias.iter_mut()
                    .enumerate()
                    .for_each(|(o, b)| *b += shift * weight(place(element), o));
            }
            first += piece.elements.len();
        }
        Drive { shape, parts, bias }
    }
}

/// The channels of a view of one position, in their order, as a tensor of another shape; none where
/// that would take too many weights.
fn spread(view: &View, shape: Shape) -> Option<Drive> {
    let (area, [rows, columns]) = (shape.height * shape.width, [shape.height, shape.width]);
    let cut = view.terms.iter().any(|t| t.offset % area != 0 || t.scale.len() % area != 0);
    let reached = if cut { shape.channels } else { 1 };
    shape.len().checked_mul(area)?.checked_mul(reached).filter(|&n| n <= MOST_WEIGHTS)?;
    // Each position sees the one position under another tap.
    let window = Window { kernel: [rows, columns], pad: [rows - 1, columns - 1], ..POINT };
    let bias = vec![0.0; shape.channels];
    Some(Drive::conv(view, shape, window, shape.channels, bias, |tap, channel, _| {
        if tap == area - 1 - channel % area { 1.0 } else { 0.0 }
    }))
}

impl Walk<'_> {
    /// A view as the value of `id`, which may have another shape.
    pub fn placed(&self, id: NodeId, view: View) -> Value {
        if view.shape == self.graph.nodes[id].shape {
            Value::View(view)
        } else {
            Value::Flat(Flat::of(view))
        }
    }

    /// What `id` is, as the elements of populations.
    pub fn flat(&mut self, id: NodeId) -> Result<Flat, Error> {
        Ok(match self.spiking(id)? {
            Value::View(view) => Flat::of(view),
            Value::Flat(flat) => flat,
            // `spiking` leaves neither.
            Value::Drive(_) | Value::Analogue => return self.refuse(id, "it has no populations"),
        })
    }

    /// What drives neurons that stand for the elements of `flat`, in whatever shape; `by` reads
    /// them.
    pub fn elements(&self, flat: &Flat, by: NodeId) -> Result<Drive, Error> {
        flat.in_own_shape().or_else(|| flat.apart()).map_or_else(|| self.refuse(by, TOO_WIDE), Ok)
    }

    /// The populations of `flat`, the value of `id`, in the shape of the node, for its reader `by`.
    pub fn reshaped(&mut self, id: NodeId, flat: &Flat, by: NodeId) -> Result<View, Error> {
        let shape = self.graph.nodes[id].shape;
        let wanted = |drive: &Drive| drive.shape == shape;
        if let Some(drive) = flat.in_own_shape().filter(wanted) {
            return self.unit(id, id, Some(drive), Unit::Linear);
        }
        let vector = match flat.view() {
            Some(view) if view.shape == Shape::new(shape.len(), 1, 1) => view.clone(),
            _ => {
                let Some(drive) = flat.apart() else { return self.refuse(by, TOO_WIDE) };
                self.unit(id, id, Some(drive), Unit::Linear)?
            }
        };
        if vector.shape == shape {
            return Ok(vector);
        }
        match spread(&vector, shape) {
            Some(drive) => self.unit(id, id, Some(drive), Unit::Linear),
            None => self.refuse(by, TOO_WIDE),
        }
    }

    /// Arithmetic of `id` with a constant for every element.
    pub fn element_wise(
        &mut self,
        id: NodeId,
        scale: &[f64],
        shift: &[f64],
    ) -> Result<Value, Error> {
        let first = self.graph.nodes[id].inputs[0];
        if let Value::Drive(drive) = &self.values[first]
            && let (Some(scale), Some(shift)) =
                (by_channel(scale, drive.shape), by_channel(shift, drive.shape))
        {
            return Ok(Value::Drive(drive.clone().scaled(&scale, &shift)));
        }
        Ok(Value::Flat(self.flat(first)?.affine(scale, shift)))
    }
}
