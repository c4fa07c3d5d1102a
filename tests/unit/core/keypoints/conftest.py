from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def figures():
    """The module beside this file: test folders are no packages."""
    spec = importlib.util.spec_from_file_location("keypoint_figures", Path(__file__).with_name("figures.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
