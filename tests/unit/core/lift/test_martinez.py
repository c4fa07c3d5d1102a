from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.lift.martinez import LimitedLinear, MartinezLifter


def test_agrees_with_the_authors_network(parity):
    network = MartinezLifter().eval()
    network.load_state_dict(parity.tensors("martinez"), strict=True)
    with torch.inference_mode():
        parity.check("martinez", {"y": network(parity.input("martinez")).numpy()})


def test_the_parameter_count_is_the_published_one():
    network = MartinezLifter()
    assert sum(p.numel() for p in network.parameters()) == 4_291_632
    assert len(network.state_dict()) == 37


def test_a_heavy_matrix_is_used_at_its_limit():
    layer = LimitedLinear(3, 2, max_norm=1.0)
    matrix = np.array([[3.0, 0, 4.0], [0, 12.0, 0]])  # Frobenius norm 13
    layer.weight.data = torch.tensor(matrix, dtype=torch.float32)
    layer.bias.data = torch.tensor([0.5, -0.5])
    got = layer(torch.tensor([[1.0, 2.0, 3.0]]))
    np.testing.assert_allclose(got.detach(), [[15 / 13 + 0.5, 24 / 13 - 0.5]], atol=1e-6)
    assert np.linalg.norm(layer.weight.detach()) == pytest.approx(13)  # itself it is left alone


def test_a_light_matrix_is_used_as_it_is():
    layer = LimitedLinear(3, 2, max_norm=1.0)
    layer.weight.data = torch.tensor([[0.3, 0, 0.4], [0, 0.1, 0]])
    layer.bias.data.zero_()
    got = layer(torch.tensor([[1.0, 2.0, 3.0]]))
    np.testing.assert_allclose(got.detach(), [[1.5, 0.2]], atol=1e-6)


def test_the_limit_reaches_every_layer_of_the_network(parity):
    limited, free = MartinezLifter(max_norm=1.0).eval(), MartinezLifter().eval()
    tensors = parity.tensors("martinez")
    limited.load_state_dict(tensors)
    scaled = {
        key: value / max(1.0, float(np.linalg.norm(value))) if value.ndim == 2 else value
        for key, value in tensors.items()
    }
    assert sum(not torch.equal(scaled[key], tensors[key]) for key in tensors) == 6
    free.load_state_dict(scaled)
    x = parity.input("martinez")
    with torch.inference_mode():
        torch.testing.assert_close(limited(x), free(x), atol=1e-5, rtol=1e-5)
