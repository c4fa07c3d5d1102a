"""The add-on's words in other languages. Blender looks them up wherever it draws a label, a button or a tooltip.

A language is one file of ``languages/``: what is written in the code, a tab, what it is in that language.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .declarations import ROOT_PACKAGE

LANGUAGES = Path(__file__).resolve().parent / "languages"
# Blender keeps buttons of operators apart from all other words.
CONTEXTS = ("*", "Operator")


def read(path: Path) -> dict[str, str]:
    """The words of one language. Raises ValueError naming the line that is none."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        words = line.split("\t")
        if len(words) != 2 or not all(words):
            raise ValueError(f"{path.name}, line {number}: not two texts with a tab between: {line!r}.")
        found[words[0]] = words[1]
    return found


def dictionaries() -> Any:
    """Every language as Blender wants it: its name to (context, source) to text."""
    return {
        path.stem: {(context, source): text for source, text in read(path).items() for context in CONTEXTS}
        for path in sorted(LANGUAGES.glob("*.txt"))
    }


def register() -> None:
    bpy.app.translations.register(ROOT_PACKAGE, dictionaries())


def unregister() -> None:
    bpy.app.translations.unregister(ROOT_PACKAGE)
