"""The operators in docs/scripting.md, from what is registered; a test holds the page equal to it.

``.venv-bpy-5.0/bin/python tools/operator_reference.py`` writes it; any environment that holds bpy will do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "scripting.md"
BEGIN, END = "<!-- operators -->\n", "<!-- end -->\n"
# Blender's own, of every file browser.
_OWN = ("rna_type", "bl_idname")


def table(classes: tuple[type, ...]) -> str:
    """Every operator of ``classes`` with its arguments, as a list in Markdown."""
    lines = []
    for cls in classes:
        if not issubclass(cls, bpy.types.Operator):
            continue
        name = cls.bl_idname.partition(".")[2]
        shown = getattr(bpy.ops.understudy, name).get_rna_type()
        lines.append(f"**`{name}`** {shown.description}.")
        lines += [f"- {line}" for line in _arguments(shown, cls)]
        lines.append("")
    return "\n".join(lines)


def page_with(text: str, page: str) -> str:
    """The page with its table replaced."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + text + "\n" + END + rest.partition(END)[2]


def _arguments(shown: Any, cls: type) -> Iterator[str]:
    own = {name for base in cls.__mro__ for name in getattr(base, "__annotations__", {})}
    for prop in shown.properties:
        if prop.identifier in _OWN or prop.identifier not in own or prop.identifier.startswith("filter_"):
            continue
        text = prop.description or prop.name
        yield f"`{prop.identifier}={_default(prop)}`: {text}{_choices(prop)}"


def _default(prop: Any) -> str:
    if prop.type == "COLLECTION":
        return "[]"
    if prop.type == "ENUM":
        return repr(prop.default) if prop.enum_items else "''"
    if getattr(prop, "is_array", False):
        return "(" + ", ".join(f"{value:g}" for value in prop.default_array) + ")"
    return f"{prop.default:g}" if prop.type == "FLOAT" else repr(prop.default)


def _choices(prop: Any) -> str:
    if prop.type != "ENUM" or not prop.enum_items:
        return ""
    return " (" + ", ".join(f"`{item.identifier}`" for item in prop.enum_items) + ")"


def main() -> int:
    import os
    import tempfile
    import types

    os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="understudy-blender-"))
    package = types.ModuleType("understudy")
    package.__path__ = [str(ROOT)]
    sys.modules.setdefault("understudy", package)
    from understudy.addon import registration
    from understudy.addon.declarations import ROOT_PACKAGE

    bpy.context.preferences.addons.new().module = ROOT_PACKAGE
    registration.register()
    PAGE.write_text(page_with(table(registration.CLASSES), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
