//! Searches that go on.
