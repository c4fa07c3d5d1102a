"""What is translated is what is written in the add-on, in files that are read without Blender."""

from __future__ import annotations

import ast

import pytest

from understudy.core.review.problems import joint_words
from understudy.core.skeleton import SMPLH_JOINTS


@pytest.fixture(scope="module")
def texts(root):
    """Every text in the add-on's code, and in the parts of the engine that name things for it."""
    found = {joint_words(joint) for joint in range(len(SMPLH_JOINTS))}  # as panels name joints
    for folder in (root / "addon", root / "core" / "edit", root / "core" / "review"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


@pytest.fixture(scope="module")
def shown(root):
    """What panels show: ``text=`` of their calls, and whole messages; not what is put together while drawing."""
    found = {}
    for path in (root / "addon").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            keywords = {word.arg: word.value for word in node.keywords}
            untranslated = "translate" in keywords
            values = [keywords["text"]] if "text" in keywords and not untranslated else []
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("draw_message", "poll_message_set"):
                values += node.args
            for value in values:
                # A choice between two texts shows both.
                for part in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.strip():
                        found[part.value] = f"{path.name}:{part.lineno}"
    return found


def test_everything_that_panels_show_is_translated(root, shown):
    for path in (root / "addon" / "languages").glob("*.txt"):
        known = {entry[0] for entry in entries(path)}
        missing = [f"{where}: {text}" for text, where in shown.items() if text not in known]
        assert not missing, f"{path.name} lacks:\n" + "\n".join(missing)


def entries(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def test_every_entry_is_a_text_of_the_add_on(root, texts):
    for path in (root / "addon" / "languages").glob("*.txt"):
        stale = [entry[0] for entry in entries(path) if entry[0] not in texts]
        assert not stale, f"{path.name}: {stale}"


def test_entries_are_two_texts_once(root):
    for path in (root / "addon" / "languages").glob("*.txt"):
        found = entries(path)
        assert all(len(entry) == 2 and all(entry) for entry in found)
        assert len({entry[0] for entry in found}) == len(found)
        for source, text in found:  # Blender adds the full stop; three dots are one character
            assert source.endswith("…") == text.endswith("…")
            assert source.endswith(".") == text.endswith(".")
