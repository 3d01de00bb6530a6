//! In which forms a run writes its reports.

use super::parquet_file::ParquetFile;
use super::{Error, Plots};

/// Forms of pictures and of the tables that may be large: spikes, cores and links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forms {
    /// Pictures.
    pub plots: Plots,
    /// Whether large tables are packed, as `.csv.gz`.
    pub gz: bool,
    /// Whether they are written as Parquet, too.
    pub parquet: bool,
}

impl Forms {
    /// Pictures, and tables as CSV alone.
    pub fn of(plots: &Plots) -> Forms {
        Forms { plots: plots.clone(), ..Forms::default() }
    }

    /// Whether this build writes them.
    ///
    /// # Errors
    /// It was built without Parquet.
    pub fn check(&self) -> Result<(), Error> {
        if self.parquet { ParquetFile::check() } else { Ok(()) }
    }
}
