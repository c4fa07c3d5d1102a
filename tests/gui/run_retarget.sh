#!/usr/bin/env bash
# tests/gui/run_retarget.sh SUITE OUT_DIR: the retarget panel in a real Blender window; screenshots in OUT_DIR/out
#   REAL_BLENDER   folder of the tool real-blender (default: ../shared/tools/real-blender beside the checkout)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 out=$(realpath -m "$2")
tool=${REAL_BLENDER:-../shared/tools/real-blender}
"$tool/get.sh" "$suite"
mkdir -p "$out"
export SHARE=$out PROFILE=${PROFILE:-$(mktemp -d)} TIMEOUT=${TIMEOUT:-300}
rm -rf "$out/out" "$out"/*.zip
cp tests/gui/test_retarget.py "$out/"
.venv-bpy-5.0/bin/python tools/build_extension.py -o "$out" >/dev/null
"$tool/run.sh" "$suite" -- --command extension install-file -r user_default -e "/share/$(basename "$out"/understudy-*.zip)"
"$tool/run.sh" "$suite" -- --python /share/test_retarget.py
