//! Labels as tools write them: read, or left out and counted.
