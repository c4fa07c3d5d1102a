#!/usr/bin/env bash
# tests/gui/run_timeline.sh SUITE TAKE OUT_DIR: takes, clean-up, problems and the shot in a real Blender window
# TAKE has two people, as that of sample/duo.mp4 has.
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh) and runs test_timeline.py there; screenshots and
# timeline.json land in OUT_DIR/out.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 take=$(realpath "$2") out=$(realpath -m "$3")
source tests/gui/blender.sh
install_extension 600
bring_take "$take"
in_window test_timeline.py "/share/job/$(basename "$take")"
