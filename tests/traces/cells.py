"""What pandas, polars and a spreadsheet take the cells of every CSV file for.

usage: cells.py SPIKEMESH FOLDER: the program, and a folder in which its runs are made.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas
import polars

# Columns of texts, and of truth values; all others are numbers.
TEXT = """image network profile recipe timing profile_changes version verdict layer limit assumption
component scope kind class status reason system accounting basis source against quantity unit
remark search phases thresholds input file row column a b port form id code
message remarks asked_network asked_timing""".split()
TRUTH = ["idealised", "overrun", "estimated", "between_chips", "best"]
# Named by the network: digits, where it tells digits apart.
NAMED = ["class", "answer", "float_answer"]
# A product, and ratios of two.
OTHER = {"energy_delay_uj_s", "energy_ratio", "latency_ratio"}

NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
# What a spreadsheet turns into a date.
DATE = re.compile(r"\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?|\d{1,2}:\d{2}(:\d{2})?")


def made(spikemesh, folder):
    """Folders of the commands, with a picture and a file of pictures whose names are numbers."""
    scenes = Path(__file__).parents[2] / "assets" / "scenes"
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    for name, scene in [("000000000285", "scene-00"), ("1e5", "scene-01")]:
        (pictures / f"{name}.png").write_bytes((scenes / f"{scene}.png").read_bytes())
    small = ["--timing", "analytic", "--plots", "none"]
    run = ["run", "digits", "--input", "pictures", "--steps", "2", *small]
    for words in [
        [*run, "--record-spikes", "--out", "run"],
        ["run", "digit-pools", "--steps", "2", "--timing", "event", "--plots", "none",
         "--trace", "trace.csv", "--out", "event"],
        [*run, "--profile", "loihi1-davies2018,truenorth,loihi2", "--out", "profiles"],
        [*run, "--set", "costs.static_mw_per_chip=50", "--out", "other"],
        ["diff", "run", "other", "--out", "changes"],
        ["eval", "digits", "--recipe", "best,paper", "--checkpoints", "2,4", "--limit", "2", *small,
         "--profile", "loihi1-davies2018,truenorth,loihi2", "--out", "eval"],
        ["compare", "digits", "--steps", "2", *small, "--out", "compare"],
        ["tune", "digits", "--steps", "4", "--pictures", "2", "--judge", "2", "--budget", "4",
         *small, "--out", "tune"],
        ["convert", "digits", "--steps", "2", "--limit", "1", "--out", "digits.spikemesh",
         "--plots", "none", "--report", "convert"],
    ]:
        subprocess.run([spikemesh, *words, "--quiet"], cwd=folder, check=True)


def check_name(path, name):
    """The unit of an energy or a time is told by its name alone."""
    if path.name == "trace.csv":
        # Whole picoseconds, for other simulators.
        return
    about = re.match(r"(energy|latency|step_time|packet_latency|processor|stall)(_|$)", name)
    if about and name not in OTHER:
        assert name.endswith(("_uj", "_us")), (path, name)
    assert not re.search(r"_(pj|nj|mj|j|ps|ns|ms)$", name), (path, name)


def check_types(path):
    """As both libraries read it when told nothing."""
    frame = pandas.read_csv(path)
    many = polars.read_csv(path)
    assert list(frame.columns) == many.columns, path
    for name in frame.columns:
        check_name(path, name)
        column, other = frame[name], many[name]
        if name in NAMED or column.isna().all():
            # Without a cell, no library can tell.
            continue
        text = pandas.api.types.is_object_dtype(column) or isinstance(
            column.dtype, pandas.StringDtype
        )
        if name in TEXT:
            assert text and other.dtype == polars.String, (path, name, column.dtype, other.dtype)
        elif name in TRUTH:
            assert column.dtype == bool and other.dtype == polars.Boolean, (path, name)
        else:
            numbers = pandas.api.types.is_numeric_dtype(column) and other.dtype.is_numeric()
            assert numbers, (path, name, column.dtype, other.dtype)
    return len(frame)


def check_cells(path):
    """No cell is a formula or a date; a number has a decimal point and no thousands."""
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    for name in frame.columns:
        for cell in frame[name].unique():
            if name in TEXT or name in NAMED:
                number = NUMBER.fullmatch(cell)
                assert number or not cell.startswith(("=", "+", "-", "@")), (path, name, cell)
                assert not DATE.fullmatch(cell), (path, name, cell)
            elif name not in TRUTH:
                assert cell == "" or NUMBER.fullmatch(cell), (path, name, cell)


def main():
    spikemesh, folder = sys.argv[1], Path(sys.argv[2])
    made(os.path.abspath(spikemesh), folder)
    files = sorted(folder.rglob("*.csv"))
    rows = 0
    for path in files:
        rows += check_types(path)
        check_cells(path)
    images = pandas.read_csv(folder / "run" / "summary.csv")["image"]
    assert list(images) == ["000000000285.png", "1e5.png"], images
    names = {path.name for path in files}
    print(len(files), "files of", len(names), "names:", rows, "rows,", ", ".join(sorted(names)))


if __name__ == "__main__":
    main()
