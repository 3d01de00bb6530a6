//! Places for labels: none over another, none over what has to stay visible.

/// What is taken within a rectangle, in units of the layout.
pub(in crate::report::plot) struct Labels {
    within: [i32; 4],
    taken: Vec<[i32; 4]>,
}

impl Labels {
    /// Nothing taken between left, top, right and bottom.
    pub fn within(edges: [i32; 4]) -> Labels {
        Labels { within: edges, taken: vec![] }
    }

    /// Keeps a rectangle, by its edges, free of labels.
    pub fn keep(&mut self, edges: [i32; 4]) {
        self.taken.push(edges);
    }

    /// The first of `corners` (upper left) at which a label of `size` has room; it is taken then.
    pub fn place(
        &mut self,
        size: [i32; 2],
        corners: impl IntoIterator<Item = [i32; 2]>,
    ) -> Option<[i32; 2]> {
        let edges = |[x, y]: [i32; 2]| [x, y, x + size[0], y + size[1]];
        let found = corners.into_iter().find(|&corner| self.is_free(edges(corner)))?;
        self.keep(edges(found));
        Some(found)
    }

    fn is_free(&self, [left, top, right, bottom]: [i32; 4]) -> bool {
        let [l, t, r, b] = self.within;
        let inside = left >= l && top >= t && right <= r && bottom <= b;
        let meets = |[l, t, r, b]: &[i32; 4]| left < *r && *l < right && top < *b && *t < bottom;
        inside && !self.taken.iter().any(meets)
    }
}

/// Upper left corners of a label of `size` around a point: close before far, right before left.
pub(in crate::report::plot) fn around(
    [x, y]: [i32; 2],
    [width, height]: [i32; 2],
) -> impl Iterator<Item = [i32; 2]> {
    [10, 16, 26, 40, 60, 90].into_iter().flat_map(move |far| {
        [
            [x + far, y - height - far / 2],
            [x + far, y + far / 2],
            [x - far - width, y - height - far / 2],
            [x - far - width, y + far / 2],
            [x - width / 2, y - height - far],
            [x - width / 2, y + far],
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_find_room_or_none() {
        let mut labels = Labels::within([0, 0, 30, 10]);
        labels.keep([10, 0, 20, 10]);
        let corners = || (0..30).map(|x| [x, 0]);
        assert_eq!(labels.place([10, 10], corners()), Some([0, 0]));
        assert_eq!(labels.place([10, 10], corners()), Some([20, 0]));
        assert_eq!(labels.place([10, 10], corners()), None);
    }
}
