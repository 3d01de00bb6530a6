"""What pandas and polars read of packed tables and of Parquet is what they read of CSV.

usage: tables.py FOLDER: it holds a trace in three forms, and the folders of the three runs.
"""

import os
import sys

import pandas
import polars
import pyarrow.parquet

TABLES = ["spikes", "cores", "links"]


def tables(folder):
    """Paths of every table: as CSV, packed, and as Parquet."""
    path = lambda *names: os.path.join(folder, *names)
    yield "trace", [path(f"trace{ending}") for ending in (".csv", ".csv.gz", ".parquet")]
    for name in TABLES:
        yield name, [
            path("trace-trace.csv", f"{name}.csv"),
            path("trace-trace.csv.gz", f"{name}.csv.gz"),
            path("trace-trace.parquet", f"{name}.parquet"),
        ]


def check_types(path, frame):
    """Whole numbers and truth values are such, also in columns with empty cells."""
    kinds = {"int64": "int64", "bool": "bool", "double": "float64", "string": "str"}
    for field in pyarrow.parquet.read_schema(path):
        found, csv = kinds[str(field.type)], str(frame[field.name].dtype)
        # CSV knows neither whole numbers beside empty cells nor columns without any cell.
        gaps = frame[field.name].isna().any() or frame.empty
        assert gaps or found == csv.replace("object", "str"), (path, field.name, found, csv)


def main():
    (folder,) = sys.argv[1:]
    for name, (csv, packed, parquet) in tables(folder):
        assert name == "trace" or not os.path.exists(packed.removesuffix(".gz"))
        plain = pandas.read_csv(csv)
        assert plain.equals(pandas.read_csv(packed)), name
        columns = pandas.read_parquet(parquet)
        check_types(parquet, plain)
        pandas.testing.assert_frame_equal(plain, columns, check_dtype=False)
        many = polars.read_csv(csv, infer_schema_length=None)
        assert many.equals(polars.read_csv(packed, infer_schema_length=None)), name
        assert many.equals(polars.read_parquet(parquet).cast(many.schema)), name
        sizes = [os.path.getsize(path) for path in (csv, packed, parquet)]
        print(name, len(plain), "rows,", *sizes, "bytes")
        if name == "trace":
            assert 4 * sizes[2] < sizes[0], sizes


main()
