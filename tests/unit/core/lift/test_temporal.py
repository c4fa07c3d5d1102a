from __future__ import annotations

import pytest
import torch

from understudy.core.lift.streaming import StreamingLifter
from understudy.core.lift.temporal import TemporalLifter


def small(causal: bool, widths=(3, 3, 3), **options) -> TemporalLifter:
    """Every parameter and running average random, so that nothing can be left out unnoticed."""
    generator = torch.Generator().manual_seed(0)
    network = TemporalLifter(5, 4, widths, causal, channels=16, **options).eval()
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            value = torch.randn(tensor.shape, generator=generator) * 0.4
            tensor.copy_(value.abs() + 0.5 if name.endswith("running_var") else value)
    return network


@pytest.mark.parametrize(
    ("name", "widths", "causal", "joints_out"),
    [
        ("videopose3d_27", (3, 3, 3), False, 17),
        ("videopose3d_243", (3, 3, 3, 3, 3), False, 17),
        ("videopose3d_81_causal", (3, 3, 3, 3), True, 17),
        ("videopose3d_27_traj", (3, 3, 3), False, 1),
    ],
)
def test_agrees_with_the_authors_network(parity, name, widths, causal, joints_out):
    network = TemporalLifter(17, joints_out, widths, causal).eval()
    network.load_state_dict(parity.tensors(name), strict=True)
    with torch.inference_mode():
        parity.check(name, {"pos": network(parity.input(name)).numpy()})


def test_parameter_counts_are_the_published_ones():
    for widths, count, keys in (((3,) * 3, 8_555_571, 32), ((3,) * 4, 12_753_971, 44), ((3,) * 5, 16_952_371, 56)):
        network = TemporalLifter(widths=widths)
        assert sum(p.numel() for p in network.parameters()) == count
        assert len(network.state_dict()) == keys


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("widths", [(3, 3, 3), (5, 3), (1, 3), (7,)])
def test_the_strided_variant_equals_the_dilated_one(causal, widths):
    network = small(causal, widths)
    frames = torch.randn(3, network.receptive_field + 6, 5, 2)
    windows = frames.unfold(1, network.receptive_field, 1).permute(0, 1, 4, 2, 3)
    with torch.inference_mode():
        dilated = network(frames)
        strided = network.window(windows.flatten(0, 1)).reshape(dilated.shape)
    torch.testing.assert_close(strided, dilated, rtol=1e-5, atol=1e-5)


def test_the_strided_variant_has_the_same_gradient():
    network = small(causal=True)
    window = torch.randn(2, network.receptive_field, 5, 2)
    network.train()
    network.drop.p = 0.0
    for norm in (network.expand_bn, *network.layers_bn):
        norm.eval()  # batch statistics would be those of other frames
    gradients = []
    for run in (network, network.window):
        network.zero_grad()
        run(window).square().sum().backward()
        gradients.append(network.expand_conv.weight.grad.clone())
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("causal", [False, True])
def test_a_result_depends_on_its_receptive_field_only(causal):
    network = small(causal)
    field, at = network.receptive_field, 40
    frames = torch.randn(1, 80, 5, 2, requires_grad=True)
    network.sequence(frames)[0, at].sum().backward()
    touched = frames.grad[0].abs().sum((1, 2)).nonzero().flatten()
    last = at if causal else at + field // 2
    assert (int(touched.min()), int(touched.max())) == (last - field + 1, last)


@pytest.mark.parametrize("widths", [(3, 3, 3), (3, 5), (3, 3, 3, 3)])
def test_frame_by_frame_equals_the_whole_sequence(widths):
    network = small(causal=True, widths=widths, features_in=3, features_out=4)
    frames = torch.randn(2, 2 * network.receptive_field + 5, 5, 3)
    with torch.inference_mode():
        wanted = network.sequence(frames)
    stream = StreamingLifter(network, people=2)
    for _ in range(2):  # the second time after a reset
        got = torch.stack([stream.step(frames[:, t]) for t in range(frames.shape[1])], dim=1)
        torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)
        stream.reset()


def test_only_a_causal_network_at_rest_can_stream():
    for network in (small(causal=False), small(causal=True).train()):
        with pytest.raises(ValueError, match="causal network in evaluation"):
            StreamingLifter(network)


def test_refuses_what_it_cannot_use():
    network = small(causal=False)
    with pytest.raises(ValueError, match="27 frames or more"):
        network(torch.zeros(1, 26, 5, 2))
    with pytest.raises(ValueError, match=r"\(N, T, 5, 2\)"):
        network(torch.zeros(1, 27, 4, 2))
    with pytest.raises(ValueError, match="windows of 27"):
        network.window(torch.zeros(1, 28, 5, 2))
    with pytest.raises(ValueError, match="odd"):
        TemporalLifter(widths=(3, 4))
