"""What LibreOffice Calc takes the cells of CSV files for: numbers, texts and truth values.

usage: sheets.py FOLDER: one in which `cells.py` has made its runs. It needs soffice and openpyxl, and
leaves out files with more rows than a sheet has.
"""

import csv
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
from cells import NAMED, TEXT, TRUTH

# Comma, quotes, UTF-8, from line 1, English, and "detect special numbers" as a user would tick it.
IMPORT = "CSV:44,34,76,1,,1033,false,true"
# Of one file these are sometimes numbers, sometimes texts.
MIXED = ["a", "b", "row", "unit"]
BYTES = 3 << 20


def kind(column):
    if column in MIXED or column in NAMED:
        return None
    return str if column in TEXT else bool if column in TRUTH else float


def is_right(column, cell, value):
    if cell == "":
        return value is None
    wanted = kind(column)
    if isinstance(value, bool) or wanted is bool:
        return wanted is bool and str(value).lower() == cell
    if isinstance(value, (int, float)):
        # A sheet has 15 digits.
        return wanted in (None, float) and math.isclose(float(cell), value, rel_tol=1e-14)
    return wanted in (None, str) and value == cell


def check(path, sheet):
    """The number of cells."""
    with open(path, encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    names, *read = sheet.iter_rows(values_only=True)
    assert list(names) == head and len(read) == len(rows), path
    for cells, values in zip(rows, read):
        values = [*values, *[None] * (len(cells) - len(values))]
        for column, cell, value in zip(head, cells, values):
            assert is_right(column, cell, value), f"{path}: {column}: {cell!r} became {value!r}"
    return len(rows) * len(head)


def main():
    folder = Path(sys.argv[1])
    files = [path for path in sorted(folder.rglob("*.csv")) if path.stat().st_size < BYTES]
    with tempfile.TemporaryDirectory() as scratch:
        flat, sheets = Path(scratch) / "flat", Path(scratch) / "sheets"
        flat.mkdir()
        for number, path in enumerate(files):
            (flat / f"{number}.csv").write_bytes(path.read_bytes())
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
             f"--infilter={IMPORT}", "--outdir", sheets, *flat.iterdir()],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        cells = 0
        for number, path in enumerate(files):
            book = openpyxl.load_workbook(sheets / f"{number}.xlsx", read_only=True)
            cells += check(path, book.active)
            book.close()
    print(len(files), "files:", cells, "cells")


main()
