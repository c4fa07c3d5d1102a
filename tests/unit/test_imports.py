"""The import rules of docs/architecture.md, checked on the syntax trees."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "addon", "retarget")
STANDARD_MODULES = ("client", "lines", "protocol", "launch", "errors", "version", "picks", "whole_file")
STANDARD_GROUP = {f"core.{name}" for name in STANDARD_MODULES}
NUMPY_MODULES = ("take", "take_file", "timebase", "skeleton", "rotation", "glimpse", "actor", "joint_limits")
NUMPY_BODY_MODULES = ("numpy_model", "layout", "files", "unpickle", "choice")
NUMPY_PACKAGES = ("edit", "review")  # every module of theirs
NUMPY_VIEW_MODULES = ("palette", "landmarks")
# What Blender ships and the add-on may use.
BLENDER = {"bpy", "bpy_extras", "bmesh", "mathutils", "gpu", "gpu_extras", "blf", "addon_utils", "aud", "rna_keymap_ui"}


def modules() -> dict[str, Path]:
    """Dotted name below the root package → file; the root itself is ``''``."""
    found = {"": ROOT / "__init__.py"} if (ROOT / "__init__.py").is_file() else {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
NUMPY_GROUP = (
    {f"core.{name}" for name in NUMPY_MODULES}
    | {f"core.body.{name}" for name in NUMPY_BODY_MODULES}
    | {f"core.view.{name}" for name in NUMPY_VIEW_MODULES}
    | {name for name in MODULES if name.startswith(tuple(f"core.{package}." for package in NUMPY_PACKAGES))}
)
LIGHT = STANDARD_GROUP | NUMPY_GROUP
LIGHT_PACKAGES = {"core", "core.body", "core.view", *(f"core.{package}" for package in NUMPY_PACKAGES)}


def imports(name: str, source: str, top_only: bool = False) -> Iterator[tuple[str, bool]]:
    """(dotted name, is relative) of every import; relative ones resolved below the root package.

    ``from .take import load`` gives ``core.take``; ``from . import take`` gives ``core.take`` where that is a module.
    ``top_only`` leaves out imports inside functions and under TYPE_CHECKING.
    """
    is_package = name == "" or (name in MODULES and MODULES[name].name == "__init__.py")
    for node in _nodes(ast.parse(source), top_only):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or "", False
        elif isinstance(node, ast.ImportFrom):
            parts = name.split(".") if name else []
            up = node.level - (1 if is_package else 0)
            assert up <= len(parts), f"{name}: line {node.lineno} imports from above the root package"
            base = parts[: len(parts) - up] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                yield (whole if whole in MODULES else ".".join(base)), True


def _nodes(tree: ast.AST, top_only: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if top_only and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if top_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _nodes(node, top_only)


def problems(name: str, source: str) -> list[str]:
    """What a module imports against the rules."""
    area = name.split(".")[0]
    allowed_core = LIGHT if area in ("addon", "retarget") else set(MODULES)
    found = []
    for target, relative in imports(name, source):
        top = target.split(".")[0]
        if top == "understudy" and name.startswith("addon.headless."):
            continue  # a script that is run by its path builds the package object and has no parent to be relative to
        if not relative:
            if top == "understudy":
                found.append(f"absolute self-import {target}")
            elif area == "core" and top in BLENDER:
                found.append(f"the engine imports {target}")
            elif area == "addon" and top not in sys.stdlib_module_names | BLENDER | {"numpy"}:
                found.append(f"the add-on imports {target}")
            elif area == "retarget" and top not in sys.stdlib_module_names | {"numpy"}:
                found.append(f"retarget imports {target}")
            elif name in STANDARD_GROUP and top not in sys.stdlib_module_names:
                found.append(f"the standard library group imports {target}")
            elif name in NUMPY_GROUP and top not in sys.stdlib_module_names | {"numpy"}:
                found.append(f"the numpy group imports {target}")
            continue
        if target not in MODULES:
            found.append(f"{target} does not exist")
        elif area == "core" and top != "core":
            found.append(f"the engine imports {target}")
        elif area == "retarget" and top == "addon":
            found.append(f"retarget imports {target}")
        elif top == "core" and target not in allowed_core | LIGHT_PACKAGES:
            found.append(f"{area} imports {target}, which is outside the light groups")
        elif name in STANDARD_GROUP and target not in STANDARD_GROUP:
            found.append(f"the standard library group imports {target}")
        elif name in NUMPY_GROUP and target not in LIGHT:
            found.append(f"the numpy group imports {target}")
    if name == "":
        at_import = {target for target, _ in imports(name, source, top_only=True)} - {"__future__"}
        found += [f"the root imports {target} at import" for target in at_import]
    return found


@pytest.mark.parametrize("name", sorted(MODULES), ids=lambda name: name or "(root)")
def test_imports_follow_the_rules(name: str) -> None:
    assert problems(name, MODULES[name].read_text("utf-8")) == []


def test_the_light_groups_exist() -> None:
    assert set(MODULES) >= LIGHT


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("core.cli", "import bpy"),
        ("core.cli", "def f():\n    import bpy.types"),  # inside a function too
        ("core.cli", "from ..addon import compat"),
        ("core.cli", "from understudy.core import take"),
        ("core.protocol", "import numpy"),
        ("core.protocol", "from . import take"),
        ("core.take", "import scipy"),
        ("core.take", "from .pipeline import capture"),
        ("core.edit.smoothing", "import scipy"),
        ("core.edit.smoothing", "from ..smooth import filter"),
        ("addon.jobs", "import torch"),
        ("addon.jobs", "from ..core import pipeline"),
        ("addon.jobs", "from ..core.pipeline import capture"),
        ("retarget.maps", "import bpy"),
        ("retarget.maps", "from ..addon import compat"),
        ("", "import bpy"),
        ("", "from .addon import registration"),
        ("core.cli", "from .nowhere import x"),
    ],
)
def test_the_rules_can_fail(name: str, source: str) -> None:
    MODULES.setdefault("core.pipeline", ROOT / "core/pipeline.py")
    assert problems(name, source)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("addon.jobs", "import bpy\nfrom ..core.client import WorkerClient\nfrom ..core.take import load"),
        ("", "def register():\n    from .addon import registration"),
        ("core.cli", "import torch\nfrom . import take"),
    ],
)
def test_the_rules_let_good_code_pass(name: str, source: str) -> None:
    MODULES.setdefault("addon.registration", ROOT / "addon/registration.py")
    assert problems(name, source) == []


def test_importing_above_the_root_is_refused() -> None:
    with pytest.raises(AssertionError, match="above the root"):
        list(imports("core.cli", "from ... import other"))


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = (
        "import sys, understudy.core.cli\n"
        "print([m for m in ('torch', 'scipy', 'cv2', 'av', 'bpy', 'plotly', 'rich') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
