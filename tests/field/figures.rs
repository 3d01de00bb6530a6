//! Costs, counts and times that are finite and add up.
