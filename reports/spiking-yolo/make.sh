#!/bin/sh
# Makes the reports of this folder again, in about an hour on two cores:
#   reports/spiking-yolo/make.sh [SHARED]
# SHARED (default: ../shared) holds models/ and data/; without it detectors and 200 scenes are left out.
# PYTHON (default: python3) has the packages of training/requirements.txt, for the scenes.
set -eu
cd "$(dirname "$0")/../.."
shared=${1:-../shared}
work=target/spiking-yolo
spikemesh=${SPIKEMESH:-target/release/spikemesh}
[ -n "${SPIKEMESH:-}" ] || cargo build --release --quiet

# report FOLDER ARGUMENTS: one evaluation; the boxes of every picture are not kept.
report() {
    folder=reports/spiking-yolo/$1
    shift
    rm -rf "$folder"
    "$spikemesh" eval "$@" --out "$folder"
    rm "$folder/detections.csv"
}

# Steps up to where a recipe is done: paper's need hundreds.
long=1,2,4,8,16,32,64,128,256,512
short=1,2,4,8,16,32,64
basis=paper-strict,paper
contrasts=paper,lambda=max,paper,v0=0,paper,after=0,paper,norm=layer,paper,negative=none
contrasts=$contrasts,paper,negative=symmetric,paper,pool=telescoping,paper,pool=or,paper,pool=average
contrasts=$contrasts,paper,statistic=signed,paper,readout=count,paper,delivery=unbalanced,paper,burst=4/4
beyond=best,neuron=if,best,burst=15/1,best,burst=2/1,best,residual=forward,best,weights=4

report digits digits --recipe "$basis,$contrasts" --checkpoints $long
report digits-best digits --recipe "best,$beyond" --checkpoints $short
report digits-l4 digits-l4 --recipe best,neuron=if,best,neuron=if,burst=1/1,best --checkpoints 1,2,4,8
if [ ! -d "$shared" ]; then
    echo "no $shared: the detectors and the 200 scenes are left out" >&2
    exit
fi

models=$shared/models
photographs=$shared/data/coco-permissive
rm -rf $work
mkdir -p $work/calibration $work/others
"${PYTHON:-python3}" training/scenes.py --digits "$shared/data/mnist-small" --part test --seed 1 --count 200 \
    --out $work/scenes
scenes="--data $work/scenes --calibrate assets/calibration"
report digits-200 digits $scenes --recipe "$basis,paper,norm=layer,paper,negative=none" --checkpoints 16,32,64,128,256,512
report digits-200-best digits $scenes --recipe best --checkpoints $short
report digits-l4-200 digits-l4 $scenes --recipe best,neuron=if,best --checkpoints 1,2,4

# The first 8 photographs for training calibrate; faces are looked for in all the others.
n=0
for picture in "$photographs"/train/images/* "$photographs"/val/images/*; do
    n=$((n + 1))
    if [ $n -le 8 ]; then cp "$picture" $work/calibration; else cp "$picture" $work/others; fi
done

# detector FOLDER NETWORK ARGUMENTS: contrasts on four pictures.
detector() {
    name=$1
    network=$models/$2
    shift 2
    report "$name" "$network" "$@" --recipe $basis --checkpoints $long
    report "$name-best" "$network" "$@" --recipe best --checkpoints $short
    report "$name-contrasts" "$network" "$@" --limit 4 --recipe "$contrasts" --checkpoints 16,32,64,128
    report "$name-beyond" "$network" "$@" --limit 4 --recipe "$beyond" --checkpoints 1,2,4,8,16,32
}
options="--calibrate $work/calibration --idealised"
detector tiny-face tiny-face-detector/tiny_face_detector_416.onnx --unlabelled --data $work/others $options
detector tinier tinier-yolo-voc/tinier_yolo_relu7.onnx --data "$photographs/val" $options
report tinier-bursts "$models/tinier-yolo-voc/tinier_yolo_relu7.onnx" --data "$photographs/val" $options \
    --recipe best,neuron=if,best,neuron=if,burst=7/7 --checkpoints 1,2,4,8
detector mobilenetv2 mobilenetv2-yolo-fastest-voc/mobilenetv2-yolo-fastest-voc.onnx --data "$photographs/val" $options
detector yolo-fastest yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx --data "$photographs/val" $options
