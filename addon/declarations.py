"""Identifiers that Blender knows the add-on by, each written once."""

from __future__ import annotations

from pathlib import Path

# "bl_ext.<repository>.understudy" as an extension; preferences are keyed by it.
ROOT_PACKAGE = (__package__ or "").rpartition(".")[0]
# Where this copy of the package lies; the engine runs its code from here.
ROOT_FOLDER = Path(__file__).resolve().parent.parent

CATEGORY = "Understudy"
SCENE_PROPERTY = "understudy"
RETARGET_PROPERTY = "understudy_retarget"
# On objects: the bones mapped to parts of a person, the chosen row, and what else a map holds, as JSON.
BONES_PROPERTY = "understudy_bones"
BONES_INDEX_PROPERTY = "understudy_bones_index"
BONES_EXTRAS_PROPERTY = "understudy_bones_extras"

TAKE_FILTER = "*.take.npz"


class Operators:
    """bl_idname of every operator."""

    CAPTURE = "understudy.capture"
    CAPTURE_TIMING = "understudy.capture_timing"
    RESUME = "understudy.resume"
    CANCEL = "understudy.cancel"
    DISMISS = "understudy.dismiss"
    IMPORT_TAKE = "understudy.import_take"
    SHOW_LOG = "understudy.show_log"
    INSTALL_ENGINE = "understudy.install_engine"
    CANCEL_INSTALL = "understudy.cancel_install"
    OPEN_PREFERENCES = "understudy.open_preferences"
    MAP_BONES = "understudy.map_bones"
    PICK_BONE = "understudy.pick_bone"
    CLEAR_BONE = "understudy.clear_bone"
    MIRROR_BONES = "understudy.mirror_bones"
    SAVE_BONES = "understudy.save_bones"
    LOAD_BONES = "understudy.load_bones"
    RETARGET = "understudy.retarget"
    BAKE_CONTROLS = "understudy.bake_controls"
    EXPORT_FBX = "understudy.export_fbx"


class Panels:
    """bl_idname of every panel."""

    CAPTURE = "UNDERSTUDY_PT_capture"
    SETTINGS = "UNDERSTUDY_PT_settings"
    TAKE = "UNDERSTUDY_PT_take"
    RETARGET = "UNDERSTUDY_PT_retarget"
    BONES = "UNDERSTUDY_PT_bones"
    BONE_LIST = "UNDERSTUDY_UL_bones"
