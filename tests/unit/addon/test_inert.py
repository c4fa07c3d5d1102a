"""The package may be imported anywhere; only Blender's own call of register() brings bpy in."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from understudy.core.version import VERSION

# Modules of the add-on that promise to work without Blender.
PURE = ("addon", "addon.requests", "addon.lenses", "addon.declarations", "addon.engine.environment",
        "addon.engine.plan", "addon.engine.installation", "addon.engine.link")  # fmt: skip


@pytest.mark.parametrize("module", ["", *PURE])
def test_import_needs_neither_bpy_nor_the_engines_packages(root: Path, module: str) -> None:
    code = f"""
import importlib, runpy, sys
runpy.run_path({str(root / "core" / "launch.py")!r})
name = "understudy" if not {module!r} else "understudy." + {module!r}
if {module!r}:
    importlib.import_module(name)
else:
    runpy.run_path({str(root / "__init__.py")!r})
heavy = {{"bpy", "torch", "numpy", "scipy", "cv2", "av"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_root_offers_register_and_unregister_only(root: Path) -> None:
    names: dict[str, object] = {}
    exec(compile((root / "__init__.py").read_text(encoding="utf-8"), "__init__.py", "exec"), names)
    assert {name for name in names if not name.startswith("__")} == {"register", "unregister"}


class TestManifest:
    @pytest.fixture
    def manifest(self, root: Path) -> dict:
        return tomllib.loads((root / "blender_manifest.toml").read_text(encoding="utf-8"))

    def test_version_is_the_projects(self, manifest: dict) -> None:
        assert manifest["version"] == VERSION

    def test_permissions_are_files_network_and_camera_with_short_reasons(self, manifest: dict) -> None:
        assert set(manifest["permissions"]) == {"files", "network", "camera"}
        for reason in (*manifest["permissions"].values(), manifest["tagline"]):
            assert len(reason) <= 64 and reason[-1].isalnum(), reason

    def test_maintainers_folders_stay_out_of_the_zip(self, manifest: dict, root: Path) -> None:
        excluded = {pattern.strip("/") for pattern in manifest["build"]["paths_exclude_pattern"]}
        shipped = {path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
        shipped -= excluded
        assert shipped - {name for name in shipped if name.endswith(".egg-info")} <= {"addon", "core", "retarget"}
        assert {"__pycache__", ".*", "*.zip"} <= excluded
