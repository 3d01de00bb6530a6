#!/bin/sh
# Draws the pictures of all reports again from their files, in a minute; nothing runs:
#   reports/plots.sh
# SPIKEMESH (default: a release build) is the program.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${SPIKEMESH:-}" ]; then
    cargo build --release --quiet
    SPIKEMESH=target/release/spikemesh
fi
work=$(mktemp -d)
for file in reports/*/*/accuracy.csv reports/*/*/compare.csv reports/*/*/trials.csv; do
    folder=$(dirname "$file")
    # Searches keep one form.
    format=
    if [ -e "$folder/trials.csv" ]; then format="--format png"; fi
    "$SPIKEMESH" plot "$folder" $format --out "$work/plots" >/dev/null
    mv "$work"/plots/* "$folder"
    rmdir "$work/plots"
done
rmdir "$work"
