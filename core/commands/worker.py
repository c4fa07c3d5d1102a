"""``understudy worker``: the engine as a process that a front end talks to (see ``core.protocol``)."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import Any, NoReturn

from ..errors import CannotWriteError
from ..footage_settings import LookSettings, RecordSettings
from ..glimpse import Glimpse
from ..settings import CaptureSettings, CorrectSettings, ResolveSettings
from ..worker import JobContext, main


class PipelineEngine:
    """Binds the worker to the pipeline; torch is imported with the first job."""

    def capture(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]:
        checked = CaptureSettings.from_json(settings)
        from ..pipeline import capture

        result = capture(checked, context.progress, context.cancelled, context.warn, _show(context))
        return str(result.path), result.summary

    def solve(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]:
        checked = ResolveSettings.from_json(settings)
        from ..resolve import resolve

        result = resolve(checked, context.progress, context.cancelled, context.warn)
        return str(result.path), result.summary

    def correct(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]:
        checked = CorrectSettings.from_json(settings)
        from ..correct import correct

        result = correct(checked, context.progress, context.cancelled, context.warn)
        return str(result.path), result.summary

    def look(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]:
        checked = LookSettings.from_json(settings)
        from ..look import look

        _, summary = look(checked, context.progress, context.cancelled)
        return str(checked.output), summary

    def record(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]:
        checked = RecordSettings.from_json(settings)
        from ..video.record import record

        summary = record(checked, context.cancelled, context.progress, _show(context))
        return str(checked.output), summary


def _show(context: JobContext) -> Callable[[Glimpse], None] | None:
    """Where there is a file for it, what is seen is written there and announced; it is worth no error."""
    path = context.preview
    if path is None:
        return None

    def show(glimpse: Glimpse) -> None:
        with contextlib.suppress(CannotWriteError):
            glimpse.save(path)
            context.shown()

    return show


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("worker", help="serve requests on stdin (used by the add-on)", description=__doc__)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> NoReturn:
    main(PipelineEngine())
