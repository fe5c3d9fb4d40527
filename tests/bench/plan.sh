#!/usr/bin/env bash
# Times `interfuse plan` beside `wasm-tools validate` on the same file, in turn: medians in microseconds.
# Use: tests/bench/plan.sh FILE [ROUNDS]. Needs wasm-tools on the path and `cargo build --release`.
set -euo pipefail
file=$1 rounds=${2:-15}
interfuse=$(dirname "${BASH_SOURCE[0]}")/../../target/release/interfuse
micros() {
    local start=${EPOCHREALTIME//[.,]/}
    "$@" >/dev/null
    echo $((${EPOCHREALTIME//[.,]/} - start))
}
plans=() validations=()
for ((i = 0; i < rounds; i++)); do
    validations+=("$(micros wasm-tools validate "$file")")
    plans+=("$(micros "$interfuse" plan "$file")")
done
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
plan=$(median "${plans[@]}") validation=$(median "${validations[@]}")
echo "plan $plan, validate $validation: $((100 * plan / validation)) %"
