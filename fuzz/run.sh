#!/usr/bin/env bash
# Fuzzes readers: fuzz/run.sh EXECUTIONS [FILE...], such as fuzz/run.sh 1000000 small.onnx net.nir.
# Without files it takes each in turn. It needs `rustup toolchain install nightly` and
# `cargo install cargo-fuzz`. What ends in a crash stays in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:?give the number of executions of each reader, such as 100000}
shift
export SPIKEMESH_SEEDS="$PWD/fuzz/seeds"
rm -rf "$SPIKEMESH_SEEDS"
cargo test -q --test tests mutants::seeds_for_fuzzing -- --exact --ignored >/dev/null
# The file that changes is written a thousand times a second: better in memory.
[ -d /dev/shm ] && export TMPDIR=/dev/shm
cargo +nightly fuzz build --sanitizer none readers
binary=$(find "${CARGO_TARGET_DIR:-fuzz/target}" -path '*/release/readers' -type f | head -n 1)
[ $# -gt 0 ] || { mapfile -t files <"$SPIKEMESH_SEEDS/names"; set -- "${files[@]}"; }
failed=0
for file in "$@"; do
    name=${file//\//-}
    mkdir -p "fuzz/corpus/$name" "fuzz/artifacts/$name"
    cp "$SPIKEMESH_SEEDS/$file" "fuzz/corpus/$name/seed"
    log="fuzz/artifacts/$name/log"
    begun=$SECONDS
    if SPIKEMESH_FILE=$file "$binary" "fuzz/corpus/$name" -runs="$count" -timeout=5 \
        -rss_limit_mb=1024 -max_len=65536 -artifact_prefix="fuzz/artifacts/$name/" >"$log" 2>&1
    then
        said=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
        echo "$file: $count executions in $((SECONDS - begun)) s, $said, no crash"
    else
        echo "$file: a crash, see $log" >&2
        failed=1
    fi
done
exit $failed
