"""What operators on a take share: when they can be called, and how they fail."""

from collections.abc import Callable
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy.types import Context

from ...core.errors import UnderstudyError
from ..scene import links, takes


class OnActiveTake:
    """An operator on the active take: ``work`` does it."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        return needs_take(cls, context)

    def execute(self, context: Context) -> set[str]:
        take = takes.take_of(context)
        assert take is not None
        return finish(self, lambda: self.work(context, take))

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        """The operator's deed. Raises UnderstudyError."""
        raise NotImplementedError


class OnTake:
    """An operator on the take that is named, else on the active one."""

    bl_options = {"REGISTER", "UNDO"}
    take: StringProperty(
        name="Take", description="Name of the take's collection; empty is the active take", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not any(True for _ in links.take_collections()):
            cls.poll_message_set("There is no take in this file")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        take = bpy.data.collections.get(self.take) if self.take else takes.take_of(context)
        if take is None or links.TAKE_PATH not in take:
            self.report({"ERROR"}, f"There is no take {self.take!r}" if self.take else "No take is active")
            return {"CANCELLED"}
        return finish(self, lambda: self.work(context, take))

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        """The operator's deed. Raises UnderstudyError."""
        raise NotImplementedError


def needs_take(cls: Any, context: Context) -> bool:
    """Poll: a take must be active."""
    if takes.take_of(context) is None:
        cls.poll_message_set("Select an actor of a take, or the take's collection")
        return False
    return True


def finish(operator: Any, work: Callable[[], None]) -> set[str]:
    """Runs ``work``; what is wrong becomes the operator's report."""
    try:
        work()
    except UnderstudyError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    return {"FINISHED"}
