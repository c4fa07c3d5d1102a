"""What the add-on loads when Blender starts with it: no numpy, none of the edits, the retarget or a take's reading."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGISTER = """
import json, runpy, sys
runpy.run_path(sys.argv[1] + "/core/launch.py")
import bpy
bpy.ops.wm.read_homefile(use_empty=True)
sys.modules.pop("numpy", None)  # bpy as a module may have brought it; Blender has not
before = set(sys.modules)
from understudy.addon import registration
from understudy.addon.declarations import ROOT_PACKAGE
bpy.context.preferences.addons.new().module = ROOT_PACKAGE
registration.register()
bpy.ops.wm.read_homefile(use_empty=True)  # handlers of a file without takes need nothing either
print("LOADED", json.dumps(sorted(set(sys.modules) - before)), flush=True)
registration.unregister()
import os; os._exit(0)
"""
# What an animator's start must not wait for.
HEAVY = ("numpy", "scipy", "torch", "understudy.retarget.", "understudy.core.edit.", "understudy.core.review.",
         "understudy.core.take", "understudy.core.body", "understudy.core.view.", "understudy.core.rotation",
         "understudy.core.whole_file", "understudy.addon.scene.rekey", "understudy.addon.scene.builder",
         "tempfile", "tomllib")  # fmt: skip


def test_registering_loads_nothing_that_is_used_later() -> None:
    done = subprocess.run([sys.executable, "-c", REGISTER, str(ROOT)], capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("LOADED ")), None)
    assert line is not None, done.stdout + done.stderr
    loaded = json.loads(line.removeprefix("LOADED "))
    assert "understudy.addon.panels.cleanup" in loaded
    assert [name for name in loaded if name.startswith(HEAVY)] == []
