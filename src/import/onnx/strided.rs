//! Tensors seen through an order of their elements: what transposes, slices and repeats is no
//! node until something reads its elements as they stand.

use crate::ann::op::Permute;
use crate::ann::op::permute::Axis;

/// The elements of a tensor by axes of any number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Strided {
    pub first: usize,
    pub axes: Vec<Axis>,
}

impl Strided {
    /// All elements in their order.
    pub fn whole(dims: &[usize]) -> Strided {
        let mut axes = Vec::with_capacity(dims.len());
        let mut stride = 1usize;
        for &count in dims.iter().rev() {
            axes.push(Axis::Even { count, stride: stride as i64 });
            // Saturates only beside a dimension of 0, where no element is ever addressed.
            stride = stride.saturating_mul(count);
        }
        axes.reverse();
        Strided { first: 0, axes }
    }

    pub fn dims(&self) -> Vec<usize> {
        self.axes.iter().map(Axis::count).collect()
    }

    /// Where the elements stand.
    pub fn places(&self) -> Vec<usize> {
        if self.dims().contains(&0) {
            return vec![];
        }
        self.clone().permute().places().collect()
    }

    pub fn permute(self) -> Permute {
        Permute { first: self.first, axes: self.axes }
    }

    /// `permutation` gives, for each axis of the result, the axis it comes from.
    pub fn transpose(&mut self, permutation: &[usize]) -> Result<(), String> {
        let mut sorted = permutation.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.axes.len()) {
            return Err(format!("{permutation:?} is no permutation of {} axes", self.axes.len()));
        }
        self.axes = permutation.iter().map(|&axis| self.axes[axis].clone()).collect();
        Ok(())
    }

    /// Indices of an axis, which exist.
    pub fn pick(&mut self, axis: usize, indices: &[usize]) {
        let even = |list: &[usize]| match *list {
            [] => Some((0, 0)),
            [one] => Some((one, 0)),
            [a, b, ..] => {
                let step = b as i64 - a as i64;
                list.windows(2).all(|w| w[1] as i64 - w[0] as i64 == step).then_some((a, step))
            }
        };
        let picked = match &self.axes[axis] {
            Axis::Even { stride, .. } => match even(indices) {
                Some((start, step)) => {
                    let moved = self.first as i64 + start as i64 * stride;
                    self.first = moved.max(0) as usize;
                    Axis::Even { count: indices.len(), stride: stride * step }
                }
                None if *stride < 0 => {
                    // Distances are counted from the last index, which lies first.
                    let last = indices.iter().max().copied().unwrap_or(0);
                    let moved = self.first as i64 + last as i64 * stride;
                    self.first = moved.max(0) as usize;
                    let back = |&i: &usize| (last - i) * stride.unsigned_abs() as usize;
                    Axis::Listed(indices.iter().map(back).collect())
                }
                None => Axis::Listed(indices.iter().map(|&i| i * *stride as usize).collect()),
            },
            Axis::Listed(places) => Axis::Listed(indices.iter().map(|&i| places[i]).collect()),
        };
        self.axes[axis] = picked;
    }

    /// An axis of one element, repeated.
    pub fn stretch(&mut self, axis: usize, count: usize) {
        if let Axis::Listed(places) = &self.axes[axis] {
            self.first += places[0];
        }
        self.axes[axis] = Axis::Even { count, stride: 0 };
    }

    /// An axis of one element before another.
    pub fn insert(&mut self, axis: usize) {
        self.axes.insert(axis, Axis::Even { count: 1, stride: 0 });
    }

    /// Takes away an axis of one element.
    pub fn remove(&mut self, axis: usize) {
        if let Axis::Listed(places) = self.axes.remove(axis) {
            self.first += places[0];
        }
    }

    /// The same elements in their order over other axes; none where axes would have to join that
    /// do not follow each other.
    pub fn reshape(&self, dims: &[usize]) -> Option<Strided> {
        let mut first = self.first;
        let mut old: Vec<Axis> = vec![];
        for axis in &self.axes {
            match (axis, old.last_mut()) {
                (Axis::Listed(places), _) if places.len() == 1 => first += places[0],
                (Axis::Even { count: 1, .. }, _) => {}
                (
                    &Axis::Even { count, stride },
                    Some(Axis::Even { count: outer, stride: outer_stride }),
                ) if *outer_stride == stride.saturating_mul(count as i64) => {
                    *outer = outer.checked_mul(count)?;
                    *outer_stride = stride;
                }
                _ => old.push(axis.clone()),
            }
        }
        let mut axes = Vec::with_capacity(dims.len());
        let mut left = old.into_iter();
        let mut open: Option<(usize, i64)> = None;
        for &count in dims {
            if count == 1 {
                axes.push(Axis::Even { count: 1, stride: 0 });
                continue;
            }
            let (rest, stride) = match open.take() {
                Some(open) => open,
                None => match left.next()? {
                    Axis::Even { count, stride } => (count, stride),
                    Axis::Listed(places) if places.len() == count => {
                        axes.push(Axis::Listed(places));
                        continue;
                    }
                    Axis::Listed(_) => return None,
                },
            };
            if count == 0 || !rest.is_multiple_of(count) {
                return None;
            }
            let rest = rest / count;
            axes.push(Axis::Even { count, stride: stride.checked_mul(i64::try_from(rest).ok()?)? });
            open = (rest > 1).then_some((rest, stride));
        }
        (open.is_none() && left.next().is_none()).then_some(Strided { first, axes })
    }

    /// Whether the elements follow each other.
    pub fn in_order(&self) -> bool {
        let mut next = 1i64;
        self.axes.iter().rev().all(|axis| match axis {
            Axis::Even { count: 1, .. } => true,
            Axis::Even { count, stride } => {
                let fits = *stride == next;
                next = next.saturating_mul(*count as i64);
                fits
            }
            Axis::Listed(_) => false,
        })
    }

    /// Which axis of a tensor of `dims` each of its own is, where it has all elements and no other
    /// axes; those of one element follow each other as the tensor's do.
    pub fn order(&self, dims: &[usize]) -> Option<Vec<usize>> {
        let whole = Strided::whole(dims);
        if self.first != 0 || self.axes.len() != whole.axes.len() {
            return None;
        }
        let mut left: Vec<usize> = (0..dims.len()).collect();
        let mut take = |axis: &Axis| {
            let same = |&own: &usize| match (&whole.axes[own], axis.count()) {
                (own, 1) => own.count() == 1,
                (own, _) => own == axis,
            };
            Some(left.remove(left.iter().position(same)?))
        };
        self.axes.iter().map(&mut take).collect()
    }

    /// Whether it has each of `n` elements once.
    pub fn is_turned(&self, n: usize) -> bool {
        let mut axes = vec![];
        for axis in &self.axes {
            match axis {
                Axis::Even { count: 1, .. } => {}
                Axis::Even { count, stride } => axes.push((*stride, *count)),
                Axis::Listed(_) => return false,
            }
        }
        axes.sort_unstable();
        let mut next = 1i64;
        let follow = axes.iter().all(|&(stride, count)| {
            let fits = stride == next;
            next = next.saturating_mul(count as i64);
            fits
        });
        self.first == 0 && follow && next == n as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_those_of_arrays() {
        let mut s = Strided::whole(&[2, 3, 4]);
        assert!(s.in_order() && s.is_turned(24));
        s.transpose(&[2, 0, 1]).unwrap();
        assert!(!s.in_order() && s.is_turned(24));
        assert_eq!(s.places()[..7], [0, 4, 8, 12, 16, 20, 1]);
        // The two outer axes of the old order follow each other still.
        let joined = s.reshape(&[4, 6]).unwrap();
        assert_eq!(joined.places(), s.places());
        assert!(s.reshape(&[8, 3]).is_none());
        let split = s.reshape(&[2, 2, 2, 3]).unwrap();
        assert_eq!(split.places(), s.places());
        s.transpose(&[1, 2, 0]).unwrap();
        assert!(s.in_order());
        s.pick(2, &[3, 1]);
        assert_eq!(s.places()[..4], [3, 1, 7, 5]);
        s.pick(1, &[0, 2, 0]);
        assert_eq!(s.places()[..6], [3, 1, 11, 9, 3, 1]);
        let mut one = Strided::whole(&[1, 3]);
        one.stretch(0, 2);
        assert_eq!(one.places(), [0, 1, 2, 0, 1, 2]);
        assert!(!one.in_order() && !one.is_turned(3));
        one.insert(0);
        one.remove(0);
        assert_eq!(one.dims(), [2, 3]);
        assert!(Strided::whole(&[1, 1]).in_order());
        assert!(Strided::whole(&[3]).reshape(&[3, 1]).unwrap().in_order());
    }
}
