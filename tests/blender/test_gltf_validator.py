"""Khronos' validator on what leaves as glTF; its npm package is fetched for the test, which skips where that fails."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from understudy.addon.scene import builder
from understudy.addon.scene.character_export import export_character
from understudy.addon.scene.format_list import FORMATS

VALIDATOR = "gltf-validator@2.0.0-dev.3.10"
SCRIPT = """
const fs = require('fs'), validator = require('gltf-validator');
const bytes = new Uint8Array(fs.readFileSync(process.argv[2]));
validator.validateBytes(bytes).then(report => console.log(JSON.stringify(report.issues)));
"""


@pytest.fixture(scope="session")
def validator(tmp_path_factory) -> Path:
    """A folder with the validator and a script that calls it."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("validator")
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), VALIDATOR]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        pytest.skip("npm took too long to fetch the validator")
    if done.returncode:
        pytest.skip(f"npm cannot fetch the validator: {done.stderr.strip().splitlines()[-1:]}")
    (folder / "check.js").write_text(SCRIPT)
    return folder


def issues(validator: Path, path: Path) -> dict:
    """What the validator finds."""
    done = subprocess.run(
        ["node", "check.js", str(path)], cwd=validator, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["gltf", "vrma"])
def test_no_errors(addon, scene, saved_take, tmp_path, validator, name):
    take, path = saved_take(frames=20)
    actor = builder.build(take, path, scene).actors[0]
    file = tmp_path / f"out{FORMATS[name].suffix}"
    export_character(actor, file, name, scene)
    found = issues(validator, file)
    assert found["numErrors"] == 0, found["messages"]


def test_a_broken_file_is_told(tmp_path, validator):
    (tmp_path / "broken.glb").write_bytes(b"glTF" + bytes(20))
    assert issues(validator, tmp_path / "broken.glb")["numErrors"]
