"""Models and random parameters shared by the tests of bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from understudy.core.body.files import JOINT_NAMES, PARENTS
from understudy.core.body.numpy_model import BodyModel, PoseBlock, load_free_body, load_free_hand


def as_smpl(body: BodyModel) -> BodyModel:
    """The free body with SMPL's 24 joints: each hand's finger joints become one."""
    weights = np.zeros((len(body.v_template), 24), np.float32)
    weights[:, :22] = body.weights[:, :22]
    weights[:, 22], weights[:, 23] = body.weights[:, 22:37].sum(1), body.weights[:, 37:].sum(1)
    regressor = np.concatenate([body.J_regressor[:22], body.J_regressor[[25, 40]]])
    return replace(
        body, kind="smpl", weights=weights, J_regressor=regressor, parents=np.array(PARENTS["smpl"]),
        joint_names=JOINT_NAMES["smpl"], pose_blocks=tuple(b for b in body.pose_blocks if b.joint < 22),
    )  # fmt: skip


def with_random_correctives(model: BodyModel, seed: int = 3) -> BodyModel:
    """Correctives on every joint, so that parity covers posedirs whatever the shipped file holds."""
    rng = np.random.default_rng(seed)
    blocks = []
    for joint in range(1, model.joint_count):
        vertices = np.sort(rng.choice(len(model.v_template), 200, replace=False))
        blocks.append(PoseBlock(joint, vertices, rng.normal(0, 3e-3, (200, 3, 9)).astype(np.float32)))
    return replace(model, pose_blocks=tuple(blocks))


@pytest.fixture(scope="session")
def body() -> BodyModel:
    return load_free_body()


@pytest.fixture(scope="session", params=["smplh", "mano_left", "mano_right"])
def model(request: pytest.FixtureRequest) -> BodyModel:
    return load_free_body() if request.param == "smplh" else load_free_hand(request.param.removeprefix("mano_"))


def random_pose(model: BodyModel, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """betas (count,10), pose (count,J,3) up to about 1 rad, transl (count,3), all float64."""
    rng = np.random.default_rng(seed)
    return (
        rng.normal(0, 1.5, (count, 10)),
        rng.normal(0, 0.4, (count, model.joint_count, 3)),
        rng.normal(0, 1, (count, 3)),
    )
