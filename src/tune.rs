//! Thresholds by search: what to vary, what to ask for, and how points are chosen.
//!
//! A conversion leaves one number free in every layer: how much a spike is worth. A higher
//! threshold sends fewer spikes that say it more coarsely. The thesis behind Spiking-YOLO searches
//! these thresholds; of it only the abstract was read, so that objectives' weights, kernel and
//! ranges here are ours:
//!
//! - **Space** ([`Space`]): log2 of each layer's threshold over lambda (or of each group of its
//!   channels), -1 to 1, V(0) / th, 0 to 1, and the steps of an inference, a quarter of those of
//!   the untuned network to all of them. The worth of a spike goes with its threshold unless
//!   `rescale=off`. On request two phases: a factor on all thresholds, and the step at which it
//!   ends.
//! - **Objective** ([`Goal`]): the logarithm of a cost over that of the untuned network, under the
//!   constraint that the spiking network agrees with the float one as well as the untuned one does.
//!   Without it a silent network wins. A network that spikes already has no float one: its answers
//!   are held against labels.
//! - **Search** ([`Search`]): a Gaussian process with Matern 5/2 kernel and expected improvement
//!   (`egobox-ego`) in a box around the best point so far, after a first quarter of Sobol points;
//!   Sobol and random points alone are the controls. What point comes n-th depends on seed and
//!   earlier results only, so that a search that was cut off goes on as it would have
//!   ([`Journal`]).
//!
//! The pictures that a search sees say nothing about others: judge its result on pictures it never
//! saw, with the intervals of [`bootstrap`].
//!
//! ```
//! use spikemesh::convert::{Recipe, ScaledLayer};
//! use spikemesh::tune::Space;
//!
//! let layers = vec![ScaledLayer { name: "conv1".into(), spikes: None }];
//! let space =
//!     Space { layers, groups: 1, initial: None, steps: 16, fewer: false, phases: None };
//! assert_eq!(space.variables(), ["threshold conv1"]);
//! // The middle of the cube is the untuned network; its end doubles the threshold.
//! assert_eq!(space.untuned(), [0.5]);
//! assert_eq!(space.recipe(&Recipe::default(), &[1.0]).to_string(), "paper,thresholds=2");
//! ```

mod bootstrap;
mod goal;
mod measure;
mod search;
mod space;
mod trials;

pub use bootstrap::{Interval, bootstrap};
pub use goal::{Goal, Objective, Score};
pub use measure::{Evidence, Figures, Measure, measure};
pub use search::{Cube, Error as SearchError, Search, Tried};
pub use space::{PhaseSpace, Space};
pub use trials::{Journal, Plan, Run, Trial, best, checkpoints, run, trials_to_reach};
