//! Networks from CSV meet the limits of the chip.
