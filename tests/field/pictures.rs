//! Photographs as cameras write them.
