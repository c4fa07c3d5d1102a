#!/usr/bin/env bash
# tests/gui/run_correct.sh SUITE TAKE OUT_DIR: correct two frames, re-solve, drag a contact, in a real Blender window
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh), lends it the engine of this checkout's .venv
# through hard links, and runs test_correct.py there; screenshots and correct.json land in OUT_DIR/out.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 take=$(realpath "$2") out=$(realpath -m "$3")
source tests/gui/blender.sh
lend_engine
install_extension 600
bring_take "$take"
in_window test_correct.py "/share/job/$(basename "$take")" "$PWD/.venv"
