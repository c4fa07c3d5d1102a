"""Facts that stand in two places stay equal: package list and tree, versions, pins."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

OUTSIDE_THE_PACKAGE = {"tests", "tools", "benchmarks", "docs", "sample", "demo", "build", "dist"}


def _pyproject(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())


def _packages_in_tree(root: Path) -> set[str]:
    found = set()
    for file in root.rglob("*.py"):
        parts = file.relative_to(root).parent.parts
        if parts and (parts[0].startswith(".") or parts[0] in OUTSIDE_THE_PACKAGE):
            continue
        found.add(".".join(("understudy", *parts)))
    return found


def test_package_list_is_the_tree(root: Path) -> None:
    assert set(_pyproject(root)["tool"]["setuptools"]["packages"]) == _packages_in_tree(root)


def test_every_package_has_an_init_file(root: Path) -> None:
    missing = [
        name
        for name in _packages_in_tree(root)
        if not (root.joinpath(*name.split(".")[1:]) / "__init__.py").is_file()
    ]
    assert missing == []


def test_every_dependency_is_pinned(root: Path) -> None:
    extras = _pyproject(root)["project"]["optional-dependencies"]
    loose = [line for lines in extras.values() for line in lines if not re.match(r"^[\w.-]+==[\w.]+", line)]
    assert loose == []


def test_no_large_file_is_committed(root: Path) -> None:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    files = [root / name for name in listing.stdout.split("\0") if name]
    large = [str(f) for f in files if f.is_file() and f.stat().st_size > 25 * 2**20]
    assert large == []
