"""The add-on in another language."""

from __future__ import annotations

import bpy
import pytest

from understudy.addon import translations


@pytest.fixture
def german(addon):
    view = bpy.context.preferences.view
    if "de_DE" not in {item.identifier for item in view.bl_rna.properties["language"].enum_items}:
        pytest.skip("this build of Blender has no languages")
    view.language = "de_DE"
    yield
    view.language = "en_US"


def test_buttons_and_labels_are_german(german):
    assert bpy.app.translations.pgettext_iface("Re-solve", "Operator") == "Neu lösen"
    assert bpy.app.translations.pgettext_iface("Left foot") == "Linker Fuß"
    assert bpy.app.translations.pgettext_tip("How much of the correction counts") == "Wie viel von der Korrektur gilt"


def test_they_go_with_the_add_on(german):
    translations.unregister()
    assert bpy.app.translations.pgettext_iface("Re-solve", "Operator") == "Re-solve"
    translations.register()


def test_a_line_that_is_no_entry_is_named(tmp_path):
    path = tmp_path / "xx.txt"
    path.write_text("Left foot\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        translations.read(path)
