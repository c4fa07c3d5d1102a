"""The command line: ``understudy COMMAND …``. Exit codes are those of ``core.errors``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .commands import (
    actor,
    capture,
    correct,
    doctor,
    evaluate,
    export,
    import_take,
    models,
    motion,
    resolve,
    synth,
    train,
    view,
    worker,
)
from .commands.console import print_error
from .errors import EXIT_BAD_INPUT, EXIT_CANCELLED, EXIT_DONE, UnderstudyError
from .version import CREATED_WITH

COMMANDS = (
    capture, import_take, export, view, evaluate, correct, resolve, actor, models, motion, doctor, worker, synth, train,
)  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """Reports a wrong option in one line, as every other bad input."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {message} (see --help)\n")


def make_parser() -> argparse.ArgumentParser:
    """The parser with all commands; each sets ``run`` to its function."""
    parser = _Parser(prog="understudy", description="Markerless motion capture: footage in, keyed actors out.")
    parser.add_argument("--version", action="version", version=CREATED_WITH)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. An unexpected error keeps its traceback and Python's exit code 1."""
    # torch's threads would spin while they wait for each other: beside a busy Blender that costs a factor of ten.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    options = make_parser().parse_args(arguments)
    as_json = getattr(options, "json", False)
    try:
        return options.run(options)
    except UnderstudyError as error:
        print_error(error, as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print("understudy: cancelled", file=sys.stderr)
        return EXIT_CANCELLED
    except BrokenPipeError:
        # The reader of stdout is gone (`| head`); keep the interpreter from complaining when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
