#!/usr/bin/env bash
# tests/gui/run_first_run.sh SUITE OUT_DIR: from a fresh extension to a working engine in a real Blender window, and away
#
# Builds the zip, installs it in the Blender of SUITE (see blender.sh), lends it the engine of this checkout's .venv
# through hard links, and runs test_first_run.py there: the first-run box, the preferences, self-test, networks and disk
# by clicks; then it is upgraded, switched off and uninstalled, and nothing of it may be left. Screenshots in OUT_DIR/out.
#   MODELS         folder of the networks (default: that of `understudy models list`)
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 out=$(realpath -m "$2")
source tests/gui/blender.sh
lend_engine
models=${MODELS:-$("$PWD/.venv/bin/python" -c 'from understudy.core.weights import store; print(store.models_dir())')}
install_extension 600
mkdir -p "$out/models"
cp "$models"/*.tflite "$out/models/"
.venv/bin/python - "$out" <<'NEWER'
import sys, zipfile
from pathlib import Path
# As tests/extension_profile.py makes it, which needs bpy: the same zip as a later version.
folder = Path(sys.argv[1])
(path,) = folder.glob("understudy-*.zip")
with zipfile.ZipFile(path) as old, zipfile.ZipFile(folder / "later.zip", "w") as new:
    for entry in old.infolist():
        content = old.read(entry)
        if entry.filename == "blender_manifest.toml":
            lines = content.decode().splitlines()
            content = "\n".join('version = "9.0.0"' if line.startswith("version =") else line for line in lines).encode()
        new.writestr(entry, content)
NEWER
in_window test_first_run.py "$PWD/.venv"
