"""The extension as users have it: built as a zip, installed in the profile of the tests, upgraded, taken away."""

from __future__ import annotations

import importlib
import sys
import zipfile
from pathlib import Path
from typing import Any

import bpy

ROOT = Path(__file__).resolve().parent.parent
MODULE = "bl_ext.user_default.understudy"

sys.path.insert(0, str(ROOT / "tools"))
from build_extension import build  # noqa: E402, F401


def install(path: Path) -> None:
    """Installs a zip over whatever there is, and switches it on."""
    bpy.ops.extensions.package_install_files(filepath=str(path), repo="user_default", enable_on_install=True)
    assert MODULE in bpy.context.preferences.addons


def uninstall() -> None:
    index = [repo.module for repo in bpy.context.preferences.extensions.repos].index("user_default")
    bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="understudy")


def newer(path: Path, folder: Path, version: str = "9.0.0") -> Path:
    """The same zip as a later version would be: another version in the manifest, another constant in the code."""
    target = folder / f"understudy-{version}.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "blender_manifest.toml":
                lines = content.decode().splitlines()
                lines = [f'version = "{version}"' if line.startswith("version =") else line for line in lines]
                content = "\n".join(lines).encode()
            if entry.filename == "addon/declarations.py":
                content += f'\nLATER = "{version}"\n'.encode()
            new.writestr(entry, content)
    return target


def part(name: str) -> Any:
    """A module of the installed copy."""
    return importlib.import_module(f"{MODULE}.{name}")


def traces() -> dict[str, set[str]]:
    """What the add-on puts into Blender, by kind: types, properties on Blender's own types, handlers, operators."""
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.Collection, bpy.types.WindowManager, bpy.types.Action)
    handlers = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers) if name[0] != "_"}
    return {
        "types": {name for name in dir(bpy.types) if "nderstudy" in name or "UNDERSTUDY" in name},
        "properties": {f"{cls.__name__}.{name}" for cls in owners for name in dir(cls) if "understudy" in name},
        "handlers": {
            f"{name}: {handler.__module__}"
            for name, found in handlers.items()
            if isinstance(found, list)
            for handler in found
            if "understudy" in getattr(handler, "__module__", "")
        },
        "operators": {name for name in dir(bpy.ops.understudy) if not name.startswith("__")},
        "keys": {item.idname for keymap in _keymaps() for item in keymap.keymap_items if "understudy" in item.idname},
    }


def _keymaps() -> Any:
    config = bpy.context.window_manager.keyconfigs.addon
    return config.keymaps if config is not None else ()
