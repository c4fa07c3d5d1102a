"""Starts the engine by this file's path, wherever it lies: ``python -I core/launch.py worker``.

The package object is built here, at module level, with this repository's root as its path: nothing has to be
installed, no neighbour can shadow a module, and a child of multiprocessing, which runs this file again, finds the
same package.
"""

import importlib
import os
import sys
import types
from pathlib import Path

PACKAGE = "understudy"
CORE = Path(__file__).resolve().parent

# The solve's matrices are small: BLAS on several threads gains nothing, and beside a busy Blender is five times slower.
# It is read when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Without -I Python puts core/ itself on the path, where its module names would shadow others'.
sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != CORE]
if PACKAGE not in sys.modules:
    _package = types.ModuleType(PACKAGE)
    _package.__path__ = [str(CORE.parent)]
    sys.modules[PACKAGE] = _package

if __name__ == "__main__":
    sys.exit(importlib.import_module(f"{PACKAGE}.core.cli").main())
