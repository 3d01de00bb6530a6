//! Boxes with edges parallel to the axes.

/// A box by its corners, in pixels; x to the right, y down, the top left edge of the picture is 0.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x1: f64,
    /// Top edge.
    pub y1: f64,
    /// Right edge.
    pub x2: f64,
    /// Bottom edge.
    pub y2: f64,
}

impl Rect {
    /// From the corners `[x1, y1, x2, y2]`.
    pub fn new(corners: [f64; 4]) -> Rect {
        let [x1, y1, x2, y2] = corners;
        Rect { x1, y1, x2, y2 }
    }

    /// Whether the box encloses an area; not so for corners that are crossed or no numbers.
    pub fn has_area(self) -> bool {
        self.x2 > self.x1 && self.y2 > self.y1
    }

    /// Area in square pixels, 0 for crossed corners.
    pub fn area(self) -> f64 {
        (self.x2 - self.x1).max(0.0) * (self.y2 - self.y1).max(0.0)
    }

    /// The part of the box inside of a picture of `size` (width, height).
    pub fn clip(self, size: (usize, usize)) -> Rect {
        let x = |x: f64| x.clamp(0.0, size.0 as f64);
        let y = |y: f64| y.clamp(0.0, size.1 as f64);
        Rect { x1: x(self.x1), y1: y(self.y1), x2: x(self.x2), y2: y(self.y2) }
    }

    /// Area that both boxes cover.
    pub fn intersection(self, other: Rect) -> f64 {
        let x1 = self.x1.max(other.x1);
        let y1 = self.y1.max(other.y1);
        Rect { x1, y1, x2: self.x2.min(other.x2), y2: self.y2.min(other.y2) }.area()
    }

    /// Intersection over union, 0 where neither box has an area. Continuous coordinates: no "+ 1"
    /// for the last pixel.
    pub fn iou(self, other: Rect) -> f64 {
        let shared = self.intersection(other);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}
