"""What can go wrong, in one vocabulary shared by the command line, the worker and the add-on."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_INTERNAL = 1
EXIT_BAD_INPUT = 2
EXIT_CANCELLED = 3


class UnderstudyError(Exception):
    """Base of every error raised on purpose.

    ``message`` names the thing that is wrong (file, key, frame, option) in one line; ``hint`` says what to do about it.
    ``code`` is the stable identifier sent to the add-on; ``exit_code`` is the command line's.
    """

    code = "internal"
    exit_code = EXIT_INTERNAL

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInputError(UnderstudyError):
    """The user's file or option cannot be used; nothing was written."""

    code = "bad-input"
    exit_code = EXIT_BAD_INPUT


class ModelsMissingError(BadInputError):
    """Default networks are not on this machine yet."""

    code = "models-missing"


class CannotWriteError(BadInputError):
    """The target is read-only, its folder is missing, or the disk is full."""

    code = "cannot-write"


class CancelledError(UnderstudyError):
    """The user cancelled; finished chunks stay in the journal."""

    code = "cancelled"
    exit_code = EXIT_CANCELLED
