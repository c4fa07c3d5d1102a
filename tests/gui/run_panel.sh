#!/usr/bin/env bash
# tests/gui/run_panel.sh SUITE OUT_DIR: the capture panel in a real Blender window: trim, people by clicks, queue, recording
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh), lends it the engine of this checkout's .venv
# through hard links, and runs test_panel.py there on the sample clips; screenshots and panel.json land in OUT_DIR/out.
#   MODELS   folder of the networks (default: that of `understudy models list`)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 out=$(realpath -m "$2")
source tests/gui/blender.sh
models=${MODELS:-$("$PWD/.venv/bin/python" -c 'from understudy.core.weights import store; print(store.models_dir())')}
lend_engine
install_extension 1500
rm -rf "$out/job"
mkdir -p "$out/job" "$out/models"
cp "$models"/*.tflite "$out/models/"
cp sample/duo.mp4 sample/solo.mp4 "$out/job/"
"$PWD/.venv/bin/python" tests/gui/longer.py sample/duo.mp4 "$out/job/long.mp4" 6
in_window test_panel.py /share/job/duo.mp4 "$PWD/.venv" ""
