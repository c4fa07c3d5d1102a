"""The portable fixtures beside the checkout, through the module that made them; people whose truth is known."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch

from understudy.core.lift.default_input import LANDMARKS
from understudy.core.skeleton import TAKE_JOINTS
from understudy.core.take_file import load

_MARKED = {f"{side}_foot_index": f"{side}_big_toe" for side in ("left", "right")}


@pytest.fixture(scope="session")
def parity(shared_dir):
    """``parity.weights`` is the fixtures' own module; the rest is short hand for its calls."""
    folder = shared_dir / "parity"
    if not (folder / "weights.py").is_file():
        pytest.skip("the portable parity fixtures are not there")
    spec = importlib.util.spec_from_file_location("parity_weights", folder / "weights.py")
    weights = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(weights)

    class Parity:
        def spec(self, name):
            return weights.load_spec(str(folder), name)

        def tensors(self, name):
            return {k: torch.from_numpy(v.copy()) for k, v in weights.state_dict(str(folder), name).items()}

        def input(self, name):
            (value,) = weights.inputs(self.spec(name)).values()
            return torch.from_numpy(value)

        def check(self, name, got):
            report = weights.compare(self.spec(name), got, weights.expected(str(folder), name))
            assert report
            for output, ratio, error, ok, note in report:
                assert ok, f"{name} {output}: {error:.3g} is {ratio:.3g} of the tolerance {note}"

        def case(self, name, file="metrics"):
            case = next(c for c in self.spec(file)["cases"] if c["case"] == name)
            return (case, *weights.case_arrays(str(folder), file, case))

        def check_case(self, case, got, wanted):
            report = weights.compare_case(case, got, wanted)
            assert {row[0] for row in report} >= set(case["outputs"])
            for output, ratio, error, ok, note in report:
                assert ok, f"{case['case']} {output}: {error:.3g} is {ratio:.3g} of the tolerance {note}"

    return Parity()


@pytest.fixture(scope="session")
def people(root) -> list[tuple[np.ndarray, np.ndarray]]:
    """(true rays (T, L, 2), true joints (T, 22, 3) m, camera axes) of the three people of the sample clips."""
    found = []
    for name in ("solo", "duo"):
        take = load(root / "sample" / f"{name}.truth.take.npz")
        pose = np.asarray(take.cameras.world_from_camera[0], float)
        for person in take.people:
            matrix = np.broadcast_to(pose, (len(person.joints_world), 4, 4))
            local = np.einsum("tji,tnj->tni", matrix[:, :3, :3], person.joints_world - matrix[:, None, :3, 3])
            rows = [TAKE_JOINTS.index(_MARKED.get(landmark, landmark)) for landmark in LANDMARKS]
            found.append((local[:, rows, :2] / local[:, rows, 2:], local[:, :22]))
    return found
