#!/bin/sh
# Makes the reports of this folder again, in about an hour on two free cores:
#   reports/tuning/make.sh [SHARED]
# SHARED (default: ../shared) holds models/ and data/; without it only `searches` and
# `searches-best` are made. PYTHON (default: python3) has the packages of training/requirements.txt,
# for the scenes. ONLY (default: all): the one folder to make.
set -eu
cd "$(dirname "$0")/../.."
shared=${1:-../shared}
work=target/tuning
cargo build --release --quiet

# report FOLDER ARGUMENTS: one run; the network that it wrote is not kept.
report() {
    name=$1
    folder=reports/tuning/$name
    if [ "${ONLY:-$name}" != "$name" ]; then return; fi
    shift
    rm -rf "$folder"
    target/release/spikemesh tune "$@" --out "$folder" >"$work/$name.txt"
    mv "$work/$name.txt" "$folder/table.txt"
    rm "$folder/tuned.spikemesh" "$folder/pareto.svg"
}

# Bayesian search beside its controls, five seeds each.
mkdir -p $work
all="--search bayes,sobol,random --seeds 5"
report searches digits --steps 64 --pictures 4 --budget 40 $all
report searches-best digits --recipe best --two-phase --steps 8 --pictures 8 --budget 40 $all
if [ ! -d "$shared" ]; then
    echo "no $shared: the detectors and the scenes are left out" >&2
    exit
fi

models=$shared/models
photographs=$shared/data/coco-permissive
rm -rf $work/scenes $work/calibration $work/photographs
mkdir -p $work/calibration $work/photographs
"${PYTHON:-python3}" training/scenes.py --digits "$shared/data/mnist-small" --part test --seed 1 --count 60 \
    --out $work/scenes
digits="digits --data $work/scenes --calibrate assets/calibration --pictures 12"
report digits $digits --steps 64 --budget 40
report digits-energy $digits --steps 64 --budget 40 --objective energy
report digits-two-phase $digits --steps 64 --budget 40 --two-phase
report digits-best $digits --recipe best --steps 8 --budget 40
report digits-best-two-phase $digits --recipe best --steps 8 --budget 40 --two-phase
report digits-best-groups $digits --recipe best --steps 8 --budget 40 --two-phase --groups 2

# The first 8 photographs for training calibrate. A face is in 11 of the 40: folds, so that all of
# them are judged.
n=0
for picture in "$photographs"/train/images/* "$photographs"/val/images/*; do
    n=$((n + 1))
    cp "$picture" "$work/photographs/$(printf %02d $n).jpg"
    if [ $n -le 8 ]; then cp "$picture" $work/calibration; fi
done
options="--data $work/photographs --unlabelled --calibrate $work/calibration --idealised"
face="$models/tiny-face-detector/tiny_face_detector_416.onnx $options --folds 3"
report tiny-face $face --steps 128 --budget 20
report tiny-face-best-two-phase $face --recipe best --steps 8 --budget 32 --two-phase
tinier="$models/tinier-yolo-voc/tinier_yolo_relu7.onnx $options --folds 2 --judge 20"
report tinier $tinier --steps 32 --budget 40
report tinier-best-two-phase $tinier --recipe best --steps 8 --budget 40 --two-phase
