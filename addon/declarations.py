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
TAKE_PROPERTY = "understudy"  # on collections
VIEW_PROPERTY = "understudy_view"  # on scenes
QUEUE_PROPERTY = "understudy_queue"  # on scenes as JSON, on the window manager as rows of a list
QUEUE_INDEX_PROPERTY = "understudy_queue_index"

TAKE_FILTER = "*.take.npz"


class Operators:
    """bl_idname of every operator."""

    CAPTURE = "understudy.capture"
    CAPTURE_TIMING = "understudy.capture_timing"
    RESUME = "understudy.resume"
    CANCEL = "understudy.cancel"
    DISMISS = "understudy.dismiss"
    RUN_QUEUE = "understudy.run_queue"
    PAUSE_QUEUE = "understudy.pause_queue"
    CLEAR_QUEUE = "understudy.clear_queue"
    CHOOSE_FOOTAGE = "understudy.choose_footage"
    CLEAR_FOOTAGE = "understudy.clear_footage"
    CHOOSE_PEOPLE = "understudy.choose_people"
    PICK_PERSON = "understudy.pick_person"
    FORGET_PERSON = "understudy.forget_person"
    RECORD = "understudy.record"
    STOP_RECORDING = "understudy.stop_recording"
    CLOSE_RECORDING = "understudy.close_recording"
    SAVE_ACTOR = "understudy.save_actor"
    REMOVE_ACTOR = "understudy.remove_actor"
    IMPORT_TAKE = "understudy.import_take"
    SHOW_LOG = "understudy.show_log"
    INSTALL_ENGINE = "understudy.install_engine"
    CANCEL_INSTALL = "understudy.cancel_install"
    TEST_ENGINE = "understudy.test_engine"
    LIST_MODELS = "understudy.list_models"
    PULL_MODELS = "understudy.pull_models"
    IMPORT_MODEL = "understudy.import_model"
    CANCEL_ERRAND = "understudy.cancel_errand"
    MEASURE_STORAGE = "understudy.measure_storage"
    CLEAR_STORAGE = "understudy.clear_storage"
    OPEN_PREFERENCES = "understudy.open_preferences"
    MAP_BONES = "understudy.map_bones"
    PICK_BONE = "understudy.pick_bone"
    CLEAR_BONE = "understudy.clear_bone"
    MIRROR_BONES = "understudy.mirror_bones"
    SAVE_BONES = "understudy.save_bones"
    LOAD_BONES = "understudy.load_bones"
    RETARGET = "understudy.retarget"
    BAKE_CONTROLS = "understudy.bake_controls"
    EXPORT_CHARACTER = "understudy.export_character"
    CANCEL_EXPORT = "understudy.cancel_export"
    IMPORT_MOTION = "understudy.import_motion"
    # One per kind of edit, called as the edit is: understudy.smooth, understudy.trim, …
    EDIT = "understudy.{kind}"
    FACE_FRONT = "understudy.face_front"
    REMOVE_EDIT = "understudy.remove_edit"
    MOVE_EDIT = "understudy.move_edit"
    CLEAR_EDITS = "understudy.clear_edits"
    BEFORE_AFTER = "understudy.before_after"
    SAVE_EDITED_TAKE = "understudy.save_edited_take"
    SHOW_TAKE = "understudy.show_take"
    RATE_TAKE = "understudy.rate_take"
    TAKE_TO_NLA = "understudy.take_to_nla"
    TAKE_TO_ACTION = "understudy.take_to_action"
    TAKE_TO_ASSETS = "understudy.take_to_assets"
    SIDE_BY_SIDE = "understudy.side_by_side"
    RELINK_FOOTAGE = "understudy.relink_footage"
    RELINK_TAKE = "understudy.relink_take"
    RELOAD_TAKE = "understudy.reload_take"
    DELETE_TAKE = "understudy.delete_take"
    SPLIT_VIEW = "understudy.split_view"
    LOOK_THROUGH = "understudy.look_through"
    SHOW_PERSON = "understudy.show_person"
    NEXT_PROBLEM = "understudy.next_problem"
    CONFIDENCE_CURVES = "understudy.confidence_curves"
    KEEP_POSE = "understudy.keep_pose"
    PLACE_JOINT = "understudy.place_joint"
    DRAG_POINT = "understudy.drag_point"
    RESOLVE = "understudy.resolve"
    RESOLVE_AGAIN = "understudy.resolve_again"
    DISMISS_CORRECTION = "understudy.dismiss_correction"
    FORGET_CORRECTION = "understudy.forget_correction"
    SET_CONTACT = "understudy.set_contact"
    DRAG_CONTACT = "understudy.drag_contact"
    MAKE_ROOM = "understudy.make_room"
    WAIT = "understudy.wait"


class Panels:
    """bl_idname of every panel."""

    CAPTURE = "UNDERSTUDY_PT_capture"
    FOOTAGE = "UNDERSTUDY_PT_footage"
    SETTINGS = "UNDERSTUDY_PT_settings"
    QUEUE = "UNDERSTUDY_PT_queue"
    RECORD = "UNDERSTUDY_PT_record"
    TAKES = "UNDERSTUDY_PT_takes"
    TAKE = "UNDERSTUDY_PT_take"
    RETARGET = "UNDERSTUDY_PT_retarget"
    BONES = "UNDERSTUDY_PT_bones"
    BONE_LIST = "UNDERSTUDY_UL_bones"
    CLEANUP = "UNDERSTUDY_PT_cleanup"
    STEP = "UNDERSTUDY_PT_cleanup_step"
    SHOT = "UNDERSTUDY_PT_shot"
    PROBLEMS = "UNDERSTUDY_PT_problems"
    CORRECT = "UNDERSTUDY_PT_correct"
    CONTACTS = "UNDERSTUDY_PT_contacts"
    UNSOLVED = "UNDERSTUDY_PT_unsolved"


class Lists:
    """bl_idname of lists and menus."""

    EDITS = "UNDERSTUDY_UL_edits"
    QUEUE = "UNDERSTUDY_UL_queue"
    TAKES = "UNDERSTUDY_UL_takes"
    TAKE_MENU = "UNDERSTUDY_MT_take"
    ADD_EDIT = "UNDERSTUDY_MT_add_edit"
