"""The file that an operator is to write."""

from __future__ import annotations

import os
from pathlib import Path

import bpy

from ...core.errors import BadInputError


def file_to_write(filepath: str, example: str) -> Path:
    """The path that ``filepath`` means in Blender; ``example`` is a name as it may be.

    Raises BadInputError where no file is named: by nothing, by a folder, or by an extension alone, which would make a
    hidden file wherever Blender was started.
    """
    path = Path(bpy.path.abspath(filepath))
    if filepath.endswith(("/", os.sep)) or not path.name.partition(".")[0].strip():
        raise BadInputError("No file name was given.", f"Name the file, such as {example}.")
    return path
