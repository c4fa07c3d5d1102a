#!/usr/bin/env bash
# tests/gui/run.sh SUITE VIDEO OUT_DIR [END_SECONDS]: capture in a real Blender window, the way a user does it
#
# Builds the zip, installs it in the Blender of SUITE (see the tool real-blender), lends it the engine of this checkout's
# .venv through hard links, and runs test_capture.py there: clicks, screenshots (OUT_DIR/out), figures (OUT_DIR/out/report.json).
#   REAL_BLENDER   folder of the tool real-blender (default: ../shared/tools/real-blender beside the checkout)
#   WHEELS         install the engine with the button from this folder of wheels, instead of lending it
#   MODELS         folder of the networks (default: that of `understudy models list`)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 video=$(realpath "$2") out=$(realpath -m "$3") end=${4:-0}
tool=${REAL_BLENDER:-../shared/tools/real-blender}
root=${REAL_BLENDER_HOME:-$HOME/.cache/real-blender}/$suite
engine=$PWD/.venv
models=${MODELS:-$("$engine/bin/python" -c 'from understudy.core.weights import store; print(store.models_dir())')}
"$tool/get.sh" "$suite"

lend() { # FOLDER: the same files at the same path in the chroot, without copying them
  mkdir -p "$root$(dirname "$1")"
  rm -rf "${root:?}$1"
  cp -al "$1" "$root$1"
}
base=$("$engine/bin/python" -c 'import sys; print(sys.base_prefix)')
lend "$base"
if [ -n "${WHEELS:-}" ]; then
  wheels=/wheels
  rm -rf "${root:?}$wheels" && cp -al "$WHEELS" "$root$wheels"
  engine=$(ls "$base"/bin/python3.1? | head -1)
else
  wheels=
  lend "$engine"
fi

mkdir -p "$out"
export SHARE=$out PROFILE=${PROFILE:-$(mktemp -d)} TIMEOUT=${TIMEOUT:-2400}
rm -rf "$out/out" "$out/job" "$out"/*.zip
mkdir -p "$out/job" "$out/models"
cp "$models"/*.tflite "$out/models/"
cp "$video" "$out/job/"
cp tests/gui/*.py "$out/"
.venv-bpy-5.0/bin/python tools/build_extension.py -o "$out" >/dev/null
zip=$(basename "$out"/understudy-*.zip)
"$tool/run.sh" "$suite" -- --command extension install-file -r user_default -e "/share/$zip" | tee "$PROFILE.install.log"
grep -q "STATUS Installed" "$PROFILE.install.log"

gone() { # PID SECONDS: waits until that process is no more
  for _ in $(seq "$2"); do kill -0 "$1" 2>/dev/null || return 0; sleep 1; done
  echo "process $1 is still there" >&2; return 1
}
"$tool/run.sh" "$suite" -- --python /share/test_capture.py -- "/share/job/$(basename "$video")" "$engine" "$wheels" "$end"
gone "$(cat "$out/out/worker.pid")" 5
echo "closing Blender left no process"
[ -z "$wheels" ] || exit 0
"$tool/run.sh" "$suite" -- --python /share/test_killed.py -- "/share/job/$(basename "$video")" "$PWD/.venv" "" || true
gone "$(cat "$out/out/orphan.pid")" 180 # it finishes the chunk under way
echo "killing Blender left no process"
