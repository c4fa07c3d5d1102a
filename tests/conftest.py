"""Fixtures shared by all suites. The package is imported as ``understudy``, installed editable by make."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository root."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Test footage and fixtures beside the checkout; tests that need them skip without."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared with test footage and fixtures is not beside this checkout")
    return folder
