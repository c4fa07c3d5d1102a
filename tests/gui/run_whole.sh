#!/usr/bin/env bash
# tests/gui/run_whole.sh SUITE VIDEO OUT_DIR: from footage to an exported file in a real Blender window, by clicks
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh), lends it the engine of this checkout's .venv
# through hard links, and runs test_whole.py there: capture, with undo while it runs and while its actors arrive, next
# problem, two frames corrected, re-solve, undo while it runs, a contact edited, smooth arms, before and after, export.
# The footage is disturbed and repeated first, so that there are problems, and time. Screenshots and whole.json land in OUT_DIR/out.
#   MODELS         folder of the networks (default: that of `understudy models list`)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 video=$(realpath "$2") out=$(realpath -m "$3")
source tests/gui/blender.sh
lend_engine
models=${MODELS:-$("$PWD/.venv/bin/python" -c 'from understudy.core.weights import store; print(store.models_dir())')}
install_extension 2500
rm -rf "$out/job"
mkdir -p "$out/job" "$out/models"
cp "$models"/*.tflite "$out/models/"
clip=$(basename "${video%.*}").mp4
.venv/bin/python tests/gui/disturbed.py "$video" "$out/job/once.mp4"
.venv/bin/python tests/gui/longer.py "$out/job/once.mp4" "$out/job/$clip" 2 # so that there is time to press keys while it runs
rm "$out/job/once.mp4"
in_window test_whole.py "/share/job/$clip" "$PWD/.venv" ""
