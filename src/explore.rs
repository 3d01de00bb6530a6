//! Chips by search: what a designer varies, and which choices no other one beats.
//!
//! A design is one value for each [`Variable`]: a key of the profile, or an option of `run`. Every
//! design runs each network of a [`Study`], through the same pipeline as any other run, and its
//! results lie in a folder as those of a [sweep](crate::sweep) do: what was killed goes on.
//!
//! - **Objectives**: energy, latency, and the memory of the chips that a network takes, which
//!   stands for their area ([`chip_mbit`]). Of each it is the mean over the networks of the
//!   logarithm of its ratio to the start. The error of the heads may not grow: the constraint.
//! - **Search**: that of [`tune`](crate::tune), with Sobol and random points as controls.
//! - **Cause** ([`Exploration::causes`]): the best design is stripped of what brings nothing, and
//!   then each change that is left is taken back alone.
//!
//! A chip of twice the memory does not leak what the small one does: static power grows with the
//! memory of a chip, unless the study says that it is given.
//!
//! ```
//! use spikemesh::explore::spec_of;
//!
//! let study = spec_of(
//!     r#"
//!     [[network]]
//!     network = "digits"
//!
//!     [vary]
//!     "limits.neurons_per_core" = [256, 512]
//!     "#,
//!     "study.toml",
//! )?;
//! // Loihi, with which it begins, has 1024 neurons in a core: a third choice.
//! assert_eq!(study.space.variables[0].choices.len(), 3);
//! assert_eq!(study.singles().count(), 2);
//! # Ok::<(), spikemesh::explore::Error>(())
//! ```

mod area;
mod design;
mod error;
mod front;
mod search;
mod spec;
mod study;
mod trial;
mod variable;

pub use area::chip_mbit;
pub use design::{Design, Space};
pub use error::Error;
pub use front::front;
pub use search::{Cause, Exploration, Plan, explore};
pub use spec::{DEFAULT, read_spec, spec_of};
pub use study::Study;
pub use trial::{Figures, Measured, Refusal, Role, Trial};
pub use variable::{Choice, Variable};
