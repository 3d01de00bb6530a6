#!/bin/sh
# Everything: scenes, all networks, ONNX files, sample scenes and digits, figures.
#   training/run.sh DIGITS [WORK]
# DIGITS holds MNIST as IDX files; WORK (default: target/training) keeps scenes and weights. The
# results go to assets/.
set -eu
digits=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=${2:-$root/target/training}
here=$root/training
python=${PYTHON:-python3}

"$python" "$here/train.py" --digits "$digits" --work "$work"
"$python" "$here/quantise.py" --digits "$digits" --work "$work"
"$python" "$here/export.py" --digits "$digits" --work "$work" --out "$root/assets/networks" digits digits-l4
"$python" "$here/silu.py" --digits "$digits" --work "$work" --start "$root/assets/networks/digits.onnx"
"$python" "$here/export.py" --digits "$digits" --work "$work" --out "$root/assets/networks" digits-silu
"$python" "$here/scenes.py" --digits "$digits" --part test --seed 2 --count 24 --out "$root/assets/scenes"
"$python" "$here/scenes.py" --digits "$digits" --part train --seed 3 --count 8 --stem calibration \
    --no-boxes --out "$root/assets/calibration"
"$python" "$here/classify.py" --digits "$digits" --work "$work" digit-pools digit-256
"$python" "$here/export_classifiers.py" --digits "$digits" --work "$work" --assets "$root/assets"
"$python" "$here/events.py" --digits "$root/assets/digits" --seed 11 --count 10 --side 64 --one-class \
    --out "$root/assets/events"
"$python" "$here/spikes.py" --digits "$digits" --work "$work" --out "$root/assets/networks"
"$python" "$here/measure.py" --digits "$digits" --work "$work"
