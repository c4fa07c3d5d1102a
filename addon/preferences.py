"""The add-on's preferences: where the engine lives and what it may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import AddonPreferences

from . import errands, jobs, keymaps
from .declarations import ROOT_FOLDER, ROOT_PACKAGE, Operators
from .engine import environment
from .engine.link import Engine
from .panels.first_run import draw_offline, draw_self_test
from .panels.models import draw_models
from .panels.text import draw_message

if TYPE_CHECKING:
    from .engine.installation import Progress
    from .engine.plan import Request

DEVICE_ITEMS = (
    ("auto", "Automatic", "The fastest that this machine has"),
    ("cuda", "NVIDIA GPU", "CUDA"),
    ("mps", "Apple GPU", "Metal"),
    ("cpu", "Processor", "No GPU"),
)


def _models_shown(settings: UnderstudyPreferences, context: bpy.types.Context) -> None:
    if settings.show_models and errands.models is None and bpy.ops.understudy.list_models.poll():
        bpy.ops.understudy.list_models()


def _storage_shown(settings: UnderstudyPreferences, context: bpy.types.Context) -> None:
    if settings.show_storage:
        bpy.ops.understudy.measure_storage()


class UnderstudyPreferences(AddonPreferences):
    """Keyed by the root package, as Blender wants it."""

    bl_idname = ROOT_PACKAGE

    engine_folder: StringProperty(
        name="Engine folder",
        description="Where the engine is installed; empty is the extension's own folder. "
        "A virtual environment that you made yourself works too",
        subtype="DIR_PATH",
    )
    interpreter: StringProperty(
        name="Python",
        description="The Python (3.11 to 3.13) that makes the engine's environment; "
        "empty searches PATH, then takes Blender's own",
        subtype="FILE_PATH",
    )
    device: EnumProperty(name="Device", description="What the networks run on", items=DEVICE_ITEMS, default="auto")
    models_folder: StringProperty(
        name="Models folder",
        description="Where the networks are kept; empty is beside the engine",
        subtype="DIR_PATH",
    )
    wheels_folder: StringProperty(
        name="Offline wheels",
        description="A folder of wheels to install from, without network; empty downloads them",
        subtype="DIR_PATH",
    )
    godot: StringProperty(
        name="Godot",
        description="Godot's program: exported FBX and glTF files are read back in it too; empty leaves that out",
        subtype="FILE_PATH",
    )

    body_file: StringProperty(
        name="SMPL-H file",
        description="Your own SMPL-H model (.npz or .pkl) that captures are solved on; empty is the free body. "
        "Betas do not carry over from one to the other",
        subtype="FILE_PATH",
    )
    left_hand_file: StringProperty(
        name="MANO file, left",
        description="Your own MANO model of the left hand, shown in place of the free one",
        subtype="FILE_PATH",
    )
    right_hand_file: StringProperty(
        name="MANO file, right",
        description="Your own MANO model of the right hand, shown in place of the free one",
        subtype="FILE_PATH",
    )

    show_bodies: BoolProperty(name="Own bodies", description="Body models that you hold a licence for")
    show_models: BoolProperty(
        name="Networks", description="Show the networks that captures use, and their licences", update=_models_shown
    )
    show_storage: BoolProperty(name="Disk", description="Show what the engine keeps on the disk", update=_storage_shown)
    show_shortcuts: BoolProperty(name="Keyboard shortcuts", description="Show the add-on's shortcuts")

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_engine(layout, self)
        draw_self_test(layout)
        column = layout.column()
        column.enabled = jobs.installation is None
        for name in ("device", "engine_folder", "interpreter", "models_folder", "wheels_folder"):
            column.prop(self, name)
        layout.prop(self, "godot")
        if _section(layout, self, "show_bodies"):
            column = layout.column()
            for name in ("body_file", "left_hand_file", "right_hand_file"):
                column.prop(self, name)
        if _section(layout, self, "show_models"):
            draw_models(layout)
        if _section(layout, self, "show_storage"):
            from .panels.storage import draw_storage

            draw_storage(layout, context)
        draw_shortcuts(layout, context, self)


def _section(layout: bpy.types.UILayout, settings: UnderstudyPreferences, name: str) -> bool:
    """The line that opens and closes a part; whether it is open."""
    shown = getattr(settings, name)
    row = layout.row()
    row.use_property_split = False
    row.alignment = "LEFT"
    row.prop(settings, name, icon="TRIA_DOWN" if shown else "TRIA_RIGHT", emboss=False)
    return shown


def draw_shortcuts(layout: bpy.types.UILayout, context: bpy.types.Context, settings: UnderstudyPreferences) -> None:
    """Every shortcut, to be changed or switched off."""
    if not _section(layout, settings, "show_shortcuts"):
        return
    import rna_keymap_ui

    config = context.window_manager.keyconfigs.user
    for keymap, item in keymaps.items():
        own = config.keymaps.get(keymap.name)
        shown = own.keymap_items.find_from_operator(item.idname, properties=item.properties) if own else None
        if shown is not None:
            layout.context_pointer_set("keymap", own)
            rna_keymap_ui.draw_kmi([], config, own, shown, layout, 0)


def draw_engine(layout: bpy.types.UILayout, settings: UnderstudyPreferences) -> None:
    """The engine's state, and its button or the installation's progress."""
    box = layout.box()
    if jobs.installation is not None:
        draw_installation(box, jobs.installation.progress)
        return
    status = environment.status(engine_folder(settings))
    box.label(text=f"Engine: {status.text}", icon="CHECKMARK" if status.ready else "INFO")
    last = jobs.last_installation
    if last is not None and last.state == "failed":
        draw_message(box, last.message, last.hint)
    elif last is not None and last.state == "done":
        box.label(text=last.title)
    if not bpy.app.online_access and not settings.wheels_folder and not status.ready:
        draw_offline(box)
    row = box.row()
    if status.ready:
        row.operator(Operators.TEST_ENGINE, icon="PLAY")
    if not environment.is_users_own(engine_folder(settings)):
        text = "Install engine again" if status.ready else "Install engine"
        row.operator(Operators.INSTALL_ENGINE, text=text, icon="IMPORT")
    if install_log().is_file():
        row.operator(Operators.SHOW_LOG, text="Show log", icon="TEXT").log = "INSTALL"


def draw_installation(layout: bpy.types.UILayout, progress: Progress) -> None:
    """An installation under way."""
    layout.label(text=progress.title)
    layout.progress(factor=progress.fraction, type="BAR", text=f"{progress.fraction:.0%}")
    if progress.detail:
        layout.label(text=progress.detail)
    layout.operator(Operators.CANCEL_INSTALL, icon="X")


def preferences(context: bpy.types.Context | None = None) -> UnderstudyPreferences:
    return (context or bpy.context).preferences.addons[ROOT_PACKAGE].preferences


def engine_folder(settings: UnderstudyPreferences) -> Path:
    if settings.engine_folder:
        return Path(bpy.path.abspath(settings.engine_folder))
    return user_folder() / "engine"


def models_folder(settings: UnderstudyPreferences) -> Path:
    if settings.models_folder:
        return Path(bpy.path.abspath(settings.models_folder))
    return engine_folder(settings) / "models"


def body_file(settings: UnderstudyPreferences) -> Path | None:
    """The SMPL-H file that captures are solved on, None for the free body."""
    return Path(bpy.path.abspath(settings.body_file)) if settings.body_file else None


def hand_files(settings: UnderstudyPreferences) -> tuple[Path | None, Path | None]:
    """The MANO files of the left and the right hand, None for the free ones."""
    files = (settings.left_hand_file, settings.right_hand_file)
    left, right = (Path(bpy.path.abspath(file)) if file else None for file in files)
    return left, right


def user_folder() -> Path:
    """The extension's folder for the user's files; Blender removes it when the extension is uninstalled."""
    return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, create=False))


def install_log() -> Path:
    return user_folder() / "logs" / "install.log"


def worker_log() -> Path:
    return user_folder() / "logs" / "engine.log"


def engine_variables(settings: UnderstudyPreferences) -> dict[str, str]:
    """What the engine's process learns from the preferences."""
    return {environment.MODELS_VARIABLE: str(models_folder(settings))}


def engine_of(settings: UnderstudyPreferences) -> Engine:
    """What the engine's process is started with."""
    python = environment.python_in(environment.environment_folder(engine_folder(settings)))
    return Engine(python, tuple(sorted(engine_variables(settings).items())), worker_log())


def install_request(settings: UnderstudyPreferences) -> Request:
    from .engine.plan import Request

    wheels = Path(bpy.path.abspath(settings.wheels_folder)) if settings.wheels_folder else None
    launcher = ROOT_FOLDER / "core" / "launch.py"
    return Request(engine_folder(settings), models_folder(settings), launcher, settings.device, wheels)
