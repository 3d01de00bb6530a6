//! Tables as Parquet, where the program is built with the feature `parquet`.

#[cfg(feature = "parquet")]
mod written;
#[cfg(feature = "parquet")]
pub(super) use written::ParquetFile;

#[cfg(not(feature = "parquet"))]
mod missing;
#[cfg(not(feature = "parquet"))]
pub(super) use missing::ParquetFile;
