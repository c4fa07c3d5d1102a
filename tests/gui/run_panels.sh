#!/usr/bin/env bash
# tests/gui/run_panels.sh SUITE TAKE OUT_DIR: a picture of every panel, in English and German, wide and narrow
# TAKE has two people, as that of sample/duo.mp4 has.
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh), lends it the engine of this checkout's .venv
# through hard links, and runs test_panels.py there; screenshots land in OUT_DIR/out, and for each language and width
# one picture of all panels beside one another, panels_LANGUAGE_WIDTH.png.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 take=$(realpath "$2") out=$(realpath -m "$3")
source tests/gui/blender.sh
lend_engine
install_extension 1700
bring_take "$take"
in_window test_panels.py "/share/job/$(basename "$take")" "$PWD/.venv" ""
for group in en_wide en_narrow de_wide de_narrow; do
  convert "$out/out/$group"_*.png +append "$out/out/panels_$group.png"
done
