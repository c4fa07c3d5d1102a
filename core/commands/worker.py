"""``understudy worker``: the engine as a process that a front end talks to (see ``core.protocol``)."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from ..settings import CaptureSettings, CorrectSettings, ResolveSettings
from ..worker import JobContext, main


class PipelineEngine:
    """Binds the worker to the pipeline; torch is imported with the first job."""

    def capture(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]:
        checked = CaptureSettings.from_json(settings)
        from ..pipeline import capture

        result = capture(checked, context.progress, context.cancelled, context.warn)
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


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("worker", help="serve requests on stdin (used by the add-on)", description=__doc__)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> NoReturn:
    main(PipelineEngine())
