#!/usr/bin/env bash
# tests/gui/run_timeline.sh SUITE TAKE OUT_DIR: takes, clean-up, problems and the shot in a real Blender window
#
# Builds the zip, installs it in the Blender of SUITE (see the tool real-blender) and runs test_timeline.py there;
# screenshots and timeline.json land in OUT_DIR/out. The footage is expected beside the take, as the take names it.
#   REAL_BLENDER   folder of the tool real-blender (default: ../shared/tools/real-blender beside the checkout)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 take=$(realpath "$2") out=$(realpath -m "$3")
tool=${REAL_BLENDER:-../shared/tools/real-blender}
"$tool/get.sh" "$suite"
mkdir -p "$out/job"
export SHARE=$out PROFILE=${PROFILE:-$(mktemp -d)} TIMEOUT=${TIMEOUT:-600}
rm -rf "$out/out" "$out"/*.zip
cp "$take" "$out/job/"
cp "$(dirname "$take")"/*.mp4 "$out/job/" 2>/dev/null || true
cp tests/gui/test_timeline.py "$out/"
.venv-bpy-5.0/bin/python tools/build_extension.py -o "$out" >/dev/null
zip=$(basename "$out"/understudy-*.zip)
"$tool/run.sh" "$suite" -- --command extension install-file -r user_default -e "/share/$zip" | tee "$PROFILE.install.log"
grep -q "STATUS Installed" "$PROFILE.install.log"
"$tool/run.sh" "$suite" -- --python /share/test_timeline.py -- "/share/job/$(basename "$take")"
