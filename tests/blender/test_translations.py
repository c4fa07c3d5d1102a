"""The add-on in another language."""

from __future__ import annotations

import bpy
import pytest

from understudy.addon import registration, translations


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


def texts():
    """Labels, tooltips and choices of everything that is registered, each with where it is."""
    found = {}
    for cls in registration.CLASSES:
        if getattr(cls, "bl_label", ""):
            found[cls.bl_label] = cls.__name__
        if issubclass(cls, bpy.types.Operator):
            shown = getattr(bpy.ops.understudy, cls.bl_idname.partition(".")[2]).get_rna_type()
            found[shown.description] = cls.__name__
            properties = shown.properties
        elif issubclass(cls, (bpy.types.PropertyGroup, bpy.types.AddonPreferences)):
            properties = cls.bl_rna.properties
        else:
            continue
        own = {name for base in cls.__mro__ for name in getattr(base, "__annotations__", {})}
        for prop in properties:
            if prop.identifier not in own or prop.is_hidden:
                continue
            where = f"{cls.__name__}.{prop.identifier}"
            found[prop.name if prop.name != prop.identifier else ""] = where
            found[prop.description] = where
            for item in prop.enum_items if prop.type == "ENUM" else ():
                found[item.name] = found[item.description] = where
    found.pop("", None)
    return found


def test_no_label_and_no_tooltip_lacks_its_words(addon):
    for path in translations.LANGUAGES.glob("*.txt"):
        known = translations.read(path)
        missing = [f"{where}: {text}" for text, where in texts().items() if text not in known]
        assert not missing, f"{path.name} lacks:\n" + "\n".join(missing)


def test_every_operator_and_property_has_a_tooltip(addon):
    for cls in registration.CLASSES:
        if not issubclass(cls, bpy.types.Operator):
            continue
        shown = getattr(bpy.ops.understudy, cls.bl_idname.partition(".")[2]).get_rna_type()
        assert shown.description, cls.__name__
        own = {name for base in cls.__mro__ for name in getattr(base, "__annotations__", {})}
        bare = [p.identifier for p in shown.properties if p.identifier in own and not p.is_hidden and not p.description]
        # File browsers explain their own path.
        assert not set(bare) - {"filepath"}, (cls.__name__, bare)
