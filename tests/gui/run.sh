#!/usr/bin/env bash
# tests/gui/run.sh SUITE VIDEO OUT_DIR [END_SECONDS]: capture in a real Blender window, the way a user does it
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh), lends it the engine of this checkout's
# .venv through hard links, and runs test_capture.py there: clicks, screenshots (OUT_DIR/out), figures (OUT_DIR/out/report.json).
#   WHEELS         install the engine with the button from this folder of wheels, instead of lending it
#   MODELS         folder of the networks (default: that of `understudy models list`)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 video=$(realpath "$2") out=$(realpath -m "$3") end=${4:-0}
source tests/gui/blender.sh
engine=$PWD/.venv
models=${MODELS:-$("$engine/bin/python" -c 'from understudy.core.weights import store; print(store.models_dir())')}
lend_engine
wheels=
if [ -n "${WHEELS:-}" ]; then
  wheels=/wheels
  rm -rf "${root:?}$wheels" && cp -al "$WHEELS" "$root$wheels"
  base=$("$engine/bin/python" -c 'import sys; print(sys.base_prefix)')
  rm -rf "${root:?}$engine"
  engine=$(ls "$base"/bin/python3.1? | head -1)
fi

install_extension 2400
rm -rf "$out/job"
mkdir -p "$out/job" "$out/models"
cp "$models"/*.tflite "$out/models/"
cp "$video" "$out/job/"

gone() { # PID SECONDS: waits until that process is no more
  for _ in $(seq "$2"); do kill -0 "$1" 2>/dev/null || return 0; sleep 1; done
  echo "process $1 is still there" >&2; return 1
}
in_window test_capture.py "/share/job/$(basename "$video")" "$engine" "$wheels" "$end"
gone "$(cat "$out/out/worker.pid")" 5
echo "closing Blender left no process"
[ -z "$wheels" ] || exit 0
in_window test_killed.py "/share/job/$(basename "$video")" "$PWD/.venv" "" || true
gone "$(cat "$out/out/orphan.pid")" 180 # it finishes the chunk under way
echo "killing Blender left no process"
