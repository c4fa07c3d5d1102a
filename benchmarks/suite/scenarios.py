"""The table of scenarios, and their footage: rendered once by ``understudy synth``, kept by seed, code and Blender."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from common import ROOT

from understudy.core.synth.plan import Request
from understudy.core.synth.shoot import Footage, film_request

MOCAP = ROOT.parent / "shared" / "mocap" / "cmu_subset.npz"
FOOTAGE = ROOT / ".cache" / "benchmark"
GROUPS = ("body", "hands", "people", "camera")


@dataclass(frozen=True)
class Scenario:
    """One row of the table. ``group``: one of GROUPS; ``motions`` as the table has them; ``peers``: run those too."""

    name: str
    title: str
    group: str
    motions: tuple[str, ...]
    request: Request
    instead: bool = False

    def film(self, profile: str) -> tuple[Footage, Path]:
        """The footage, rendered if it is not in the cache yet, and its folder."""
        folder = FOOTAGE / profile / self.name
        return film_request(self.request, folder), folder


def read_table(path: Path) -> list[Scenario]:
    """Scenarios of a TOML table: ``[defaults]`` and ``[[scenario]]`` with the fields of ``synth.plan.Request``.

    ``motions`` name authored motions, or ``mocap#CLIP@SECONDS`` for clips of the test split beside the checkout; where
    that is missing, ``instead`` names authored ones. Raises ValueError for a row that makes no sense.
    """
    table = tomllib.loads(path.read_text("utf-8"))
    rows = [_scenario(table.get("defaults", {}) | row) for row in table["scenario"]]
    names = [row.name for row in rows]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: two scenarios share a name in {names}")
    return rows


def _scenario(row: dict[str, Any]) -> Scenario:
    row = dict(row)
    name, title, group = row.pop("name"), row.pop("title"), row.pop("group")
    if group not in GROUPS:
        raise ValueError(f"scenario {name}: unknown group {group!r}")
    motions, instead = tuple(row.pop("motions")), tuple(row.pop("instead", ()))
    missing = any(m.startswith("mocap#") for m in motions) and not MOCAP.is_file()
    if missing and not instead:
        raise ValueError(f"scenario {name}: ../shared/mocap is missing, and no motion is named instead")
    chosen = instead if missing else motions
    sources = tuple(m.replace("mocap#", f"{MOCAP}#", 1) if m.startswith("mocap#") else m for m in chosen)
    known = {field.name for field in dataclasses.fields(Request)} - {"motions"}
    unknown = set(row) - known
    if unknown:
        raise ValueError(f"scenario {name}: unknown {', '.join(sorted(unknown))}")
    row["fps"] = Fraction(str(row["fps"]))
    row["size"] = tuple(row["size"])
    return Scenario(name, title, group, chosen, Request(motions=sources, **row), missing)
