"""Seconds that operators and drawing hold Blender up on a take of two people and 2,000 frames, in every .venv-bpy-*.

Beside them ``nla.bake``, Blender's own way to write curves anew, of one of the two people, in the same run.
"""

from __future__ import annotations

import sys

from cleanup import in_every_blender

TESTS = "tests/blender/test_blocked.py"


def main() -> None:
    from common import write_result

    versions = in_every_blender(TESTS, "nla.bake")
    print(write_result("blocked", {"frames": 2_000, "people": 2, "target_s": 0.2, "versions": versions}))


if __name__ == "__main__":
    sys.exit(main())
