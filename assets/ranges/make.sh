#!/bin/sh
# Measures the ranges of this folder again, in a minute:
#   assets/ranges/make.sh [SHARED]
# SHARED (default: ../shared) holds models/ and data/. Inputs: the first 8 photographs for training.
set -eu
cd "$(dirname "$0")/../.."
shared=${1:-../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for picture in $(ls "$shared"/data/coco-permissive/train/images/* | head -n 8); do
    cp "$picture" "$work"
done
# ranges NAME NETWORK [--also NETWORK]
ranges() {
    out=assets/ranges/$1.ranges
    shift
    rm -f "$out"
    (cd "$shared/models" && "$program" calibrate "$@" --input "$work" --out "$here/$out")
}
here=$PWD
program=$here/target/release/spikemesh
cargo build --release --quiet
name=mobilenetv2-yolo-fastest-voc
ranges $name $name/$name.onnx --also $name/$name.cfg
ranges tinier_yolo_relu7 tinier-yolo-voc/tinier_yolo_relu7.onnx
ranges tiny_face_detector_416 tiny-face-detector/tiny_face_detector_416.onnx
ranges yolo-fastest-1.1 yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx --also yolo-fastest-1.1-coco/yolo-fastest-1.1.cfg
ranges yolox_nano yolox-nano-coco/yolox_nano.onnx
ranges yoloface-50k yoloface-50k/yoloface-50k.onnx --also yoloface-50k/yoloface-50k.cfg
