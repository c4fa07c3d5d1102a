from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from understudy.core import device
from understudy.core.errors import BadInputError
from understudy.core.footage import _chunk_settings
from understudy.core.methods import find_pipeline
from understudy.core.settings import CaptureSettings

torch = pytest.importorskip("torch")


def test_full_precision_is_float32_everywhere():
    assert {device.choose_dtype("full", name) for name in ("cpu", "cuda", "mps")} == {"float32"}


def test_half_precision_is_what_a_gpu_is_fast_in():
    assert device.choose_dtype("half", "cuda") == "float16"


@pytest.mark.parametrize(
    "abilities, dtype, warned",
    [
        ({"avx512_bf16": True}, "bfloat16", False),
        ({"amx_bf16": True, "avx512_bf16": False}, "bfloat16", False),
        ({"bf16": True}, "bfloat16", False),  # ARM
        ({"avx2": True, "avx512_bf16": False}, "float32", True),
    ],
)
def test_a_processor_computes_in_half_only_where_it_can(monkeypatch, abilities, dtype, warned):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)
    warnings: list[str] = []
    assert device.choose_dtype("half", "cpu", warnings.append) == dtype
    assert bool(warnings) is warned


def test_every_type_is_one_of_torch():
    for name in (device.FULL_DTYPE, device._GPU_HALF, device._CPU_HALF):
        assert isinstance(getattr(torch, name), torch.dtype)


def test_an_unknown_precision_is_named(tmp_path):
    with pytest.raises(BadInputError, match="quarter"):
        CaptureSettings(tmp_path / "a.mp4", tmp_path / "a.take.npz", precision="quarter")


def test_chunks_of_another_precision_are_not_mixed(tmp_path):
    full = CaptureSettings(tmp_path / "a.mp4", tmp_path / "a.take.npz")
    half = dataclasses.replace(full, precision="half")
    assert _chunk_settings(full, 96) != _chunk_settings(half, 96)


def test_half_precision_finds_the_same_landmarks():
    """On this processor in bfloat16, whether it gains by it or not: within a hundredth of the picture."""
    if find_pipeline("default").missing():
        pytest.skip("the models are not on this machine: understudy models pull")
    from understudy.core.doctor import test_image
    from understudy.core.observe import load_networks

    points = []
    for dtype in ("float32", "bfloat16"):
        body = load_networks("cpu", False, dtype).body
        assert body.probe.dtype == getattr(torch, dtype)
        points.append(body.predict(test_image(body.spec.size)[None])["landmarks"][..., :2])
    moved = float(np.median(np.abs(points[0] - points[1])))
    assert 0 < moved < 2.56
