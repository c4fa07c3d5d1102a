"""The portable fixtures beside the checkout, through the module that made them."""

from __future__ import annotations

import importlib.util

import pytest
import torch


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
