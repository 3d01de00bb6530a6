//! Spikes of a run as NIRData, which `nir.read_data` of Python reads.
