"""What people read about edits covers what edits have; the page for users names it all."""

from __future__ import annotations

import dataclasses

import pytest

from understudy.addon.edit_texts import TEXTS
from understudy.core.edit.base import Edit
from understudy.core.edit.evaluation import KINDS

COMMON = {entry.name for entry in dataclasses.fields(Edit)}


def test_every_kind_has_texts_and_no_other():
    assert list(TEXTS) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_has_a_text(kind):
    own = {entry.name for entry in dataclasses.fields(KINDS[kind])} - COMMON
    assert set(TEXTS[kind].fields) == own
    for name, text in TEXTS[kind].fields.items():
        choices = next(e for e in dataclasses.fields(KINDS[kind]) if e.name == name).metadata.get("choices", ())
        assert {choice[0] for choice in text.choices} == set(choices)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_defaults_and_bounds_are_those_of_the_edits(kind):
    assert TEXTS[kind].label == KINDS[kind].label
    for entry in dataclasses.fields(KINDS[kind]):
        if entry.name in COMMON:
            continue
        text = TEXTS[kind].fields[entry.name]
        assert text.default == entry.default and isinstance(text.default, bool) == isinstance(entry.default, bool)
        assert (text.low, text.high) == (entry.metadata.get("low", 0), entry.metadata.get("high", 0))


@pytest.mark.parametrize("kind", KINDS)
def test_tips_are_for_people(kind):
    for tip in (TEXTS[kind].tip, *(text.tip for text in TEXTS[kind].fields.values())):
        assert tip[0].isupper() and not tip.endswith("."), tip  # Blender adds the full stop


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_for_users_names_operator_and_values(root, kind):
    page = (root / "docs" / "clean-up.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{kind}` |"))
    assert TEXTS[kind].tip in row
    for entry in dataclasses.fields(KINDS[kind]):
        if entry.name not in COMMON:
            assert f"`{entry.name}` {entry.default or '–'}" in row or f"`{entry.name}` {entry.default}" in row
