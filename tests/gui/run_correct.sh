#!/usr/bin/env bash
# tests/gui/run_correct.sh SUITE TAKE OUT_DIR: correct two frames, re-solve, drag a contact, in a real Blender window
#
# Builds the zip, installs it in the Blender of SUITE (see the tool real-blender), lends it the engine of this checkout's
# .venv through hard links, and runs test_correct.py there; screenshots and correct.json land in OUT_DIR/out. The footage
# is expected beside the take, as the take names it.
#   REAL_BLENDER   folder of the tool real-blender (default: ../shared/tools/real-blender beside the checkout)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 take=$(realpath "$2") out=$(realpath -m "$3")
tool=${REAL_BLENDER:-../shared/tools/real-blender}
root=${REAL_BLENDER_HOME:-$HOME/.cache/real-blender}/$suite
engine=$PWD/.venv
"$tool/get.sh" "$suite"

lend() { # FOLDER: the same files at the same path in the chroot, without copying them
  mkdir -p "$root$(dirname "$1")"
  rm -rf "${root:?}$1"
  cp -al "$1" "$root$1"
}
lend "$("$engine/bin/python" -c 'import sys; print(sys.base_prefix)')"
lend "$engine"

mkdir -p "$out/job"
export SHARE=$out PROFILE=${PROFILE:-$(mktemp -d)} TIMEOUT=${TIMEOUT:-600}
rm -rf "$out/out" "$out"/*.zip
cp "$take" "$out/job/"
cp "$(dirname "$take")"/*.mp4 "$out/job/" 2>/dev/null || true
cp tests/gui/test_correct.py "$out/"
.venv-bpy-5.0/bin/python tools/build_extension.py -o "$out" >/dev/null
zip=$(basename "$out"/understudy-*.zip)
"$tool/run.sh" "$suite" -- --command extension install-file -r user_default -e "/share/$zip" | tee "$PROFILE.install.log"
grep -q "STATUS Installed" "$PROFILE.install.log"
"$tool/run.sh" "$suite" -- --python /share/test_correct.py -- "/share/job/$(basename "$take")" "$engine"
