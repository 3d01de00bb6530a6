#!/bin/sh
# Makes the reports of this folder again, in an hour or two on two free cores:
#   reports/spiking-yolo/make.sh [SHARED]
# SHARED (default: ../shared) holds models/ and data/; without it detectors and 200 scenes are left
# out. PYTHON (default: python3) has the packages of training/requirements.txt, for the scenes.
set -eu
cd "$(dirname "$0")/../.."
shared=${1:-../shared}
work=target/spiking-yolo
cargo build --release --quiet

# report FOLDER ARGUMENTS: one evaluation; the boxes of every picture are not kept.
report() {
    folder=reports/spiking-yolo/$1
    shift
    rm -rf "$folder"
    target/release/spikemesh eval "$@" --out "$folder"
    rm "$folder/detections.csv"
}

# Steps up to where a recipe is done: paper's need hundreds.
basis=paper-strict,paper
ablations=paper,norm=layer,paper,negative=none,paper,after=0,negative=none
contrasts=paper,lambda=max,paper,v0=0,paper,after=0,paper,negative=symmetric,paper,pool=telescoping
contrasts=$contrasts,paper,pool=or,paper,pool=average,paper,statistic=signed,paper,readout=count
contrasts=$contrasts,paper,delivery=unbalanced,paper,neuron=tracking,paper,burst=4/4
beyond=best,neuron=if,best,burst=15/1,best,residual=forward,best,weights=4

report digits digits --recipe "$basis,$ablations" --checkpoints 1,2,4,8,16,32,64,128,256,512
report digits-contrasts digits --recipe "$contrasts" --checkpoints 8,16,32,64,128
report digits-best digits --recipe best,best,input=same,best,neuron=if,best,burst=15/1,best,burst=2/1,best,weights=4 \
    --checkpoints 1,2,4,8,16,32
report digits-silu digits-silu --recipe best,best,rounding=nearest --checkpoints 1,2,4,8,16,32
# So small that another timing would be chosen.
l4="digits-l4 --timing analytic"
report digits-l4 $l4 --recipe best,neuron=if,input=same,best,neuron=if,burst=1/1,best --checkpoints 1,2,4,8
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
report digits-200-best digits $scenes --recipe best,best,input=same --checkpoints 1,2,4,8,16
report digits-l4-200 $l4 $scenes --recipe best,neuron=if,input=same,best --checkpoints 1,2,4
"${PYTHON:-python3}" training/scenes.py --digits "$shared/data/mnist-small" --part test --seed 1 --count 1000 \
    --out $work/scenes-1000
report digits-1000 digits --data $work/scenes-1000 --calibrate assets/calibration --recipe paper,paper,norm=layer,paper,negative=none \
    --checkpoints 16,32,64,128,256,512

# The first 8 photographs for training calibrate, as they did the ranges in assets/ranges; faces are
# looked for in all the others. Those ranges lack statistic=signed, so that contrasts measure again.
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
    report "$name" "$network" "$@" --recipe $basis --checkpoints 1,2,4,8,16,32,64,128,256
    report "$name-contrasts" "$network" "$@" --calibrate $work/calibration --limit 4 --recipe "$ablations,$contrasts" --checkpoints 8,16,32,64
    report "$name-beyond" "$network" "$@" --limit 4 --recipe "$beyond" --checkpoints 1,2,4,8,16
}
options=--idealised
faces="--unlabelled --data $work/others $options"
labelled="--data $photographs/val $options"
face=tiny-face-detector/tiny_face_detector_416.onnx
tinier=tinier-yolo-voc/tinier_yolo_relu7.onnx
mobilenet=mobilenetv2-yolo-fastest-voc/mobilenetv2-yolo-fastest-voc.onnx
fastest=yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx
report tiny-face-best $models/$face $faces --recipe best --checkpoints 1,2,4,8,16,32
report tinier-best $models/$tinier $labelled --recipe best,best,neuron=if,burst=7/7 --checkpoints 1,2,4,8,16
report mobilenetv2-best $models/$mobilenet $labelled --recipe best --checkpoints 1,2,4,8,16,32
report yolo-fastest-best $models/$fastest $labelled --recipe best --checkpoints 1,2,4,8,16,32,64
detector tiny-face $face $faces
detector tinier $tinier $labelled
detector mobilenetv2 $mobilenet $labelled
detector yolo-fastest $fastest $labelled

# A detector of SiLUs: on Loihi 2, weights of zero priced like others, and on Loihi without its
# limits.
zeros="--set capabilities.zero_weights=cost"
yolox=$models/yolox-nano-coco/yolox_nano.onnx
silu="$yolox --data $photographs/val --timing analytic"
report yolox-nano $silu --profile loihi2 $zeros --recipe best,best,burst=255/63,best,burst=31/15 \
    --checkpoints 1,2,4,8,16
report yolox-nano-loihi1 $silu $options --recipe best --checkpoints 4,8,16,32
# One choice at a time, of the finest spikes: table, room above lambda, rounding, bits.
finest=best,burst=2047/255
tables=$finest,$finest,segments=64,$finest,segments=128,$finest,segments=4096
room=best,burst=2047/2047,best,burst=2047/1023,best,burst=2047/127,$finest,lambda=max
room=$room,best,burst=31/31,best,burst=31/15,best,burst=31/7
bits=$finest,rounding=nearest,$finest,weights=16,$finest,weights=16,rounding=nearest
bits=$bits,$finest,weights=6,$finest,weights=4
report yolox-nano-contrasts $silu --profile ideal-45nm --limit 4 --recipe "$tables,$room,$bits" \
    --checkpoints 1,4,16
# One photograph with changes as single packets, and spike by spike; beside other devices.
photograph=$(ls "$photographs"/val/images/* | head -n 1)
one="$yolox --input $photograph --profile loihi2 $zeros --timing analytic"
rm -rf reports/spiking-yolo/yolox-nano-packets $work/packets
mkdir -p reports/spiking-yolo/yolox-nano-packets $work/packets
packets() {
    name=$1
    shift
    target/release/spikemesh run $one "$@" --out $work/packets/$name
    cp $work/packets/$name/summary.csv reports/spiking-yolo/yolox-nano-packets/$name.csv
}
packets graded-best --recipe best --steps 4
packets single-best --recipe best --steps 4 --set capabilities.graded_bits=0
packets graded-bursts --recipe best,burst=31/15 --steps 8
packets single-bursts --recipe best,burst=31/15 --steps 8 --set capabilities.graded_bits=0
rm -rf reports/spiking-yolo/yolox-nano-compare
target/release/spikemesh compare $one --steps 4 --out reports/spiking-yolo/yolox-nano-compare
# The page says what lies beside it once more.
rm reports/spiking-yolo/yolox-nano-compare/report.html
