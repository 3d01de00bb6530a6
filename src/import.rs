//! Readers of networks.

pub mod csv_network;
