#!/usr/bin/env bash
# tests/gui/run_retarget.sh SUITE OUT_DIR [FRAMES]: the retarget panel in a real Blender window (see blender.sh): a walk
# of FRAMES frames (600) carried over and exported; screenshots and figures in OUT_DIR/out
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 out=$(realpath -m "$2") frames=${3:-600}
source tests/gui/blender.sh
install_extension 600
mkdir -p "$out/job"
.venv/bin/python - "$out/job/walk.take.npz" "$frames" <<'END'
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

from understudy.core.body.numpy_model import load_free_body
from understudy.core.synth.motions import load_motion
from understudy.core.synth.truth import Performance, truth_take
from understudy.core.take import TakeCameras
from understudy.core.take_file import save

body, frames = load_free_body(), int(sys.argv[2])
motion = load_motion("walk", body, np.zeros(10), Fraction(30), frames, np.random.default_rng(3))
times = np.arange(frames) / 30
cameras = TakeCameras(times[None], np.eye(3)[None], np.zeros((1, 5)), np.ones((1, 2)), np.eye(4)[None])
save(truth_take(times, Fraction(30), [Performance(motion.smpl, 1.7)], cameras, body, [], {}, "test"), Path(sys.argv[1]))
END
in_window test_retarget.py /share/job/walk.take.npz
