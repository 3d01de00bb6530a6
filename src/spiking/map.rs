//! Linear maps between populations, in `f64`, a form an entry of [`MapKind`].

use crate::ann::Shape;

/// A linear map, or one with a constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The node of the file.
    pub name: String,
    /// Shape of what it takes.
    pub from: Shape,
    /// Shape of what it gives.
    pub to: Shape,
    /// What it computes.
    pub kind: MapKind,
}

/// What a map computes.
#[derive(Debug, Clone, PartialEq)]
pub enum MapKind {
    /// `[out][in]` over all elements.
    Matrix(Matrix),
    /// A convolution.
    Conv(Conv),
    /// Sums or means of windows.
    Pool(Pool),
    /// A factor by element, or one for all.
    Scale(Vec<f64>),
    /// The same elements in another shape.
    Reshape,
}

/// A fully connected layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// `[out, in]`, row by row.
    pub weights: Vec<f64>,
    /// By output; empty for none.
    pub bias: Vec<f64>,
}

/// A convolution; one along a line has a height of 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// `[out][in / groups][ky][kx]`.
    pub weights: Vec<f64>,
    /// By output channel; empty for none.
    pub bias: Vec<f64>,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Steps of the kernel in y and in x.
    pub stride: [usize; 2],
    /// Distance of its taps in y and in x.
    pub dilation: [usize; 2],
    /// Rows above and columns to the left that read zero; those below and to the right follow
    /// from the shapes.
    pub pad: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
}

/// A sum or a mean over windows of each channel. Zeros around the map count in a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Steps of the window in y and in x.
    pub stride: [usize; 2],
    /// Rows above and columns to the left that read zero.
    pub pad: [usize; 2],
    /// Whether the mean is taken, not the sum.
    pub mean: bool,
}

impl Map {
    /// Whether it gives more than 0 of nothing.
    pub fn has_bias(&self) -> bool {
        let bias = match &self.kind {
            MapKind::Matrix(matrix) => &matrix.bias[..],
            MapKind::Conv(conv) => &conv.bias[..],
            MapKind::Pool(_) | MapKind::Scale(_) | MapKind::Reshape => &[],
        };
        bias.iter().any(|&bias| bias != 0.0)
    }

    /// The same, giving 0 of nothing.
    pub fn without_bias(&self) -> Map {
        let mut map = self.clone();
        match &mut map.kind {
            MapKind::Matrix(matrix) => matrix.bias.clear(),
            MapKind::Conv(conv) => conv.bias.clear(),
            MapKind::Pool(_) | MapKind::Scale(_) | MapKind::Reshape => {}
        }
        map
    }

    /// What it makes of `x`, `[channels, height, width]`.
    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        match &self.kind {
            MapKind::Matrix(matrix) => matrix.apply(x),
            MapKind::Conv(conv) => conv.apply(x, self.from, self.to),
            MapKind::Pool(pool) => pool.apply(x, self.from, self.to),
            MapKind::Scale(factors) => {
                let at = |n: usize| factors[n % factors.len()];
                x.iter().enumerate().map(|(n, x)| x * at(n)).collect()
            }
            MapKind::Reshape => x.to_vec(),
        }
    }
}

impl Matrix {
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let row = |(n, row): (usize, &[f64])| {
            let sum: f64 = row.iter().zip(x).map(|(w, x)| w * x).sum();
            sum + self.bias.get(n).unwrap_or(&0.0)
        };
        self.weights.chunks_exact(x.len().max(1)).enumerate().map(row).collect()
    }
}

impl Conv {
    fn apply(&self, x: &[f64], from: Shape, to: Shape) -> Vec<f64> {
        let inputs = from.channels / self.groups;
        let outputs = to.channels / self.groups;
        let mut y = Vec::with_capacity(to.len());
        for out in 0..to.channels {
            let first = out / outputs * inputs;
            for oy in 0..to.height {
                for ox in 0..to.width {
                    let mut sum = *self.bias.get(out).unwrap_or(&0.0);
                    for (c, ky, kx) in taps(inputs, self.kernel) {
                        let at = |axis: usize, o: usize, k: usize, size: usize| {
                            let at = o * self.stride[axis] + k * self.dilation[axis];
                            at.checked_sub(self.pad[axis]).filter(|&at| at < size)
                        };
                        let row = at(0, oy, ky, from.height);
                        let column = at(1, ox, kx, from.width);
                        if let (Some(row), Some(column)) = (row, column) {
                            let [height, width] = self.kernel;
                            let w = ((out * inputs + c) * height + ky) * width + kx;
                            let x_at = ((first + c) * from.height + row) * from.width + column;
                            sum += self.weights[w] * x[x_at];
                        }
                    }
                    y.push(sum);
                }
            }
        }
        y
    }
}

impl Pool {
    fn apply(&self, x: &[f64], from: Shape, to: Shape) -> Vec<f64> {
        let [height, width] = self.kernel;
        let divisor = if self.mean { (height * width) as f64 } else { 1.0 };
        let mut y = Vec::with_capacity(to.len());
        for c in 0..to.channels {
            for oy in 0..to.height {
                for ox in 0..to.width {
                    let mut sum = 0.0;
                    for (_, ky, kx) in taps(1, self.kernel) {
                        let row = (oy * self.stride[0] + ky).checked_sub(self.pad[0]);
                        let column = (ox * self.stride[1] + kx).checked_sub(self.pad[1]);
                        let inside = |at: Option<usize>, size| at.filter(|&at| at < size);
                        if let (Some(row), Some(column)) =
                            (inside(row, from.height), inside(column, from.width))
                        {
                            sum += x[(c * from.height + row) * from.width + column];
                        }
                    }
                    y.push(sum / divisor);
                }
            }
        }
        y
    }
}

/// Every input channel, row and column of a kernel.
fn taps(inputs: usize, [height, width]: [usize; 2]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..inputs)
        .flat_map(move |c| (0..height).flat_map(move |ky| (0..width).map(move |kx| (c, ky, kx))))
}
