//! Files of other kinds, and messages about them.
