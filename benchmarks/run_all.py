"""Every benchmark, one after the other (they must not share the machine's cores): ``make benchmark``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ORDER = (
    "run_suite.py", "truth_sample.py", "accuracy_clips.py", "capture_vs_holistic.py", "import_keys.py", "cleanup.py",
    "blocked.py", "retarget.py",
)  # fmt: skip


def main() -> int:
    failed = []
    for name in ORDER:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, HERE / name], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
