//! Channels that calibration hardly sees, and pictures beside each other.
