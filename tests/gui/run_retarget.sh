#!/usr/bin/env bash
# tests/gui/run_retarget.sh SUITE OUT_DIR: the retarget panel in a real Blender window (see blender.sh); screenshots in
# OUT_DIR/out
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 out=$(realpath -m "$2")
source tests/gui/blender.sh
install_extension 300
in_window test_retarget.py
