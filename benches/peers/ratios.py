"""Ratios of our figures in target/bench/sparse.csv to those of the peers in FOLDER, all of one session."""

import csv
import pathlib

import networks

base = networks.folder()
root = pathlib.Path(__file__).resolve().parents[2]


def read(path):
    if not path.exists():
        return {}
    with open(path) as file:
        return {row[0]: row[1] for row in csv.reader(file)}


ours = read(root / "target/bench/sparse.csv")
if not ours:
    raise SystemExit("target/bench/sparse.csv is missing: run cargo bench --bench sparse")
theirs = {}
for name in ("sana_fe", "brian", "nest"):
    theirs |= read(base / f"{name}.csv")
PAIRS = [
    ("16k x 100, analytic: step (us)", "SANA-FE simple: step (s)", "1000", "2000"),
    ("16k x 100, event: step (us)", "SANA-FE detailed: step (s)", "150", "300"),
    ("10k x 1000, analytic: step (us)", "Brian2 10k_x_1000: step (s)", "", ""),
    ("10k x 1000, analytic: step (us)", "NEST 10k_x_1000: step (s)", "", ""),
    ("16k x 100, analytic: step (us)", "Brian2 16k_x_100: step (s)", "", ""),
    ("16k x 100, analytic: step (us)", "NEST 16k_x_100: step (s)", "", ""),
]
print(f"{'ours':36} {'theirs':32} {'ratio':>8} {'required':>9} {'aim':>6}")
with open(base / "ratios.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["ours", "theirs", "ratio", "required", "aim"])
    for mine, other, required, aim in PAIRS:
        if other not in theirs:
            print(f"{mine:36} {other:32} {'not run':>8}")
            continue
        ratio = float(theirs[other]) * 1e6 / float(ours[mine])
        print(f"{mine:36} {other:32} {ratio:8.1f} {required:>9} {aim:>6}")
        writer.writerow([mine, other, f"{ratio:.1f}", required, aim])
