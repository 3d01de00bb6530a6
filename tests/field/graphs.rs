//! Graphs as exporters write them: the same floats, the same heads in spikes.
