from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.lift import gan_geometry
from understudy.core.lift.gan import ChainerBatchNorm, KudoNetwork, ReportNetwork, chainer_key

GENERATOR, DISCRIMINATOR = {"outputs": 17}, {"outputs": 1}


def load(network, tensors):
    """Strictly, by chainer's names."""
    own = {chainer_key(key): key for key in network.state_dict()}
    assert set(own) == set(tensors)
    network.load_state_dict({own[key]: value for key, value in tensors.items()}, strict=True)
    return network.eval()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("kudo_gen", GENERATOR),
        ("kudo_gen_bn", GENERATOR | {"batch_norm": True}),
        ("kudo_dis", DISCRIMINATOR),
        ("kudo_dis_bn_relu", DISCRIMINATOR | {"batch_norm": True, "relu": True}),
    ],
)
def test_agrees_with_the_authors_network(parity, name, options):
    network = load(KudoNetwork(**options), parity.tensors(name))
    with torch.inference_mode():
        parity.check(name, {"y": network(parity.input(name)).numpy()})


def test_parameter_counts_are_the_published_ones():
    for options, count in ((GENERATOR, 2_152_465), (DISCRIMINATOR, 2_136_065),
                           (GENERATOR | {"batch_norm": True}, 2_158_609)):  # fmt: skip
        assert sum(p.numel() for p in KudoNetwork(**options).parameters()) == count


def test_batch_normalisation_trains_like_chainers():
    norm, x = ChainerBatchNorm(3), torch.randn(10, 3) * 2 + 1
    got = norm.train()(x).detach().numpy()
    values = x.numpy().astype(float)
    np.testing.assert_allclose(got, (values - values.mean(0)) / np.sqrt(values.var(0) + 2e-5), atol=1e-5)
    np.testing.assert_allclose(norm.avg_mean, 0.1 * values.mean(0), atol=1e-6)
    np.testing.assert_allclose(norm.avg_var, 0.9 + 0.1 * values.var(0, ddof=1), atol=1e-5)
    assert int(norm.N) == 1


def report_variant(**options):
    """One joint, two channels, weights that can be followed by hand."""
    network = ReportNetwork(joints=1, channels=2, slope=0.2, **options)
    tensors = {
        "hidden.0.weight": [[1, 0], [0, 1]], "hidden.0.bias": [0, 0],
        "hidden.1.weight": [[1, 1], [0, 2]], "hidden.1.bias": [0, 1],
        "hidden.2.weight": [[2, 0], [1, -1]], "hidden.2.bias": [-1, 0],
        "out.weight": [[1, 10]], "out.bias": [0.5],
    }  # fmt: skip
    network.load_state_dict({key: torch.tensor(value, dtype=torch.float32) for key, value in tensors.items()})
    return network


def test_the_reports_variant_by_hand():
    # (3, −5) → (3, −1) after the leak → (2, −1) → (2, −0.2) → (3, 2.2) → 3 + 22 + 0.5
    x = torch.tensor([[3.0, -5.0]])
    assert float(report_variant(outputs=1)(x).detach()) == pytest.approx(25.5, abs=1e-5)
    # (−1, 0) → (−0.2, 0) → (−0.2, 1) → (−0.04, 1) → (−1.08, −1.04) → (−0.216, −0.208) → −0.216 − 2.08 + 0.5
    x = torch.tensor([[-1.0, 0.0]])
    assert float(report_variant(outputs=1)(x).detach()) == pytest.approx(-1.796, abs=1e-6)
    likely = float(report_variant(outputs=1, probability=True)(x).detach())
    assert likely == pytest.approx(1 / (1 + np.exp(1.796)), abs=1e-6)


def test_the_reports_networks_have_its_joints_and_three_hidden_layers():
    generator, judge = ReportNetwork(), ReportNetwork(outputs=1, probability=True)
    x = torch.randn(4, 30)
    assert generator(x).shape == (4, 15) and judge(x).shape == (4, 1)
    assert sum(p.ndim == 2 for p in generator.parameters()) == 4


def test_geometry_agrees_with_the_authors(parity):
    case, given, wanted = parity.case("kudo")
    pixels, z, theta = (torch.from_numpy(given[key]) for key in ("pixels", "z", "theta"))
    normalised, scale = gan_geometry.normalise(pixels)
    sine = gan_geometry.heading_sine(normalised, z)
    got = {
        "normalised": normalised.flatten(1),
        "scale": scale,
        "sin_beta": sine,
        "heuristic": gan_geometry.heading_loss(sine),
        "rotated": gan_geometry.rotate(normalised, z, theta).flatten(1),
    }
    parity.check_case(case, {key: value.numpy() for key, value in got.items()}, wanted)


def frontal() -> tuple[torch.Tensor, torch.Tensor]:
    """A person who faces the camera, x right, y down, z away: the right shoulder left in the picture, the nose near."""
    joints, depth = torch.zeros(1, 17, 2), torch.zeros(1, 17)
    joints[0, 8] = torch.tensor([0.0, -0.5])
    joints[0, 9], depth[0, 9] = torch.tensor([0.0, -0.7]), -0.1
    joints[0, 11] = torch.tensor([0.2, -0.5])
    joints[0, 14] = torch.tensor([-0.2, -0.5])
    return joints, depth


@pytest.mark.parametrize("planar", [True, False])
def test_a_frontal_person_has_no_heading_loss(planar):
    joints, depth = frontal()
    assert float(gan_geometry.heading_sine(joints, depth, planar=planar)) > 0
    assert float(gan_geometry.heading_loss(gan_geometry.heading_sine(joints, depth, planar=planar))) == 0
    turned = gan_geometry.heading_sine(joints, -depth, planar=planar)  # the face at the back
    assert float(gan_geometry.heading_loss(turned)) > 0.3


def test_the_reports_heading_divides_by_whole_lengths():
    joints, depth = frontal()
    assert float(gan_geometry.heading_sine(joints, depth)) == pytest.approx(1)
    assert float(gan_geometry.heading_sine(joints, depth, planar=False)) == pytest.approx(0.1 / np.hypot(0.1, 0.2))


def test_turning_keeps_the_heading_and_distances():
    joints, depth = frontal()
    joints = joints + 0.05 * torch.randn(1, 17, 2)
    angle = torch.tensor([0.7])
    x = gan_geometry.rotate(joints, depth, angle)
    z = depth * torch.cos(angle) - joints[..., 0] * torch.sin(angle)
    torch.testing.assert_close(gan_geometry.heading_sine(x, z), gan_geometry.heading_sine(joints, depth))
    torch.testing.assert_close(x[..., 0] ** 2 + z**2, joints[..., 0] ** 2 + depth**2)


def test_missing_joints_do_not_count():
    joints = torch.randn(3, 17, 2) + 5
    visible = torch.ones(3, 17, dtype=torch.bool)
    visible[:, [3, 6]] = False
    broken = joints.clone()
    broken[:, [3, 6]] = float("nan")
    got, scale = gan_geometry.normalise(broken, visible=visible)
    kept = [j for j in range(17) if j not in (3, 6)]
    wanted, same = gan_geometry.normalise(joints[:, kept])
    torch.testing.assert_close(got[:, kept], wanted)
    torch.testing.assert_close(scale, same)
    assert not got[:, [3, 6]].any()


def test_a_lone_root_stays_finite():
    visible = torch.zeros(1, 17, dtype=torch.bool)
    visible[:, 0] = True
    got, scale = gan_geometry.normalise(torch.randn(1, 17, 2), visible=visible)
    assert not got.any() and float(scale) == 1


def test_the_heading_has_a_gradient_for_faces_without_length():
    joints, depth = torch.zeros(1, 17, 2), torch.zeros(1, 17, requires_grad=True)
    gan_geometry.heading_loss(gan_geometry.heading_sine(joints, depth)).backward()
    assert torch.isfinite(depth.grad).all()
