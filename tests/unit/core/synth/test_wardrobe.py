"""People wear what their look says: outside of the skin, on the ground, moving with the body."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from understudy.core.body.numpy_model import load_free_body
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.synth.people import draw_betas, draw_look
from understudy.core.synth.plan import Garment, Look, stream
from understudy.core.synth.shells import vertex_normals
from understudy.core.synth.wardrobe import Costume, dress

BODY = load_free_body()
GREY = (0.3, 0.3, 0.3)


def look(*kinds: str, pattern: str = "plain") -> Look:
    return Look(GREY, GREY, tuple(Garment(kind, GREY, (0.5, 0.1, 0.1), pattern) for kind in kinds))


def posed(costume: Costume, betas: np.ndarray, seed: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices of the costume and of the bare body, and the body's joints."""
    pose = np.zeros((1, 52, 3))
    if seed is not None:
        pose[:, 1:22] = np.random.default_rng(seed).normal(0, 0.25, (1, 21, 3))
    body = BODY.forward(betas, pose)
    return costume.pose(*body)[0], body[0][0], body[1][0]


def part(costume: Costume, name: str) -> np.ndarray:
    """Indices of the vertices whose faces have that material."""
    zone = next(i for i, material in enumerate(costume.materials) if material["name"] == name)
    return np.unique(costume.faces[costume.zones == zone])


def height_above_skin(points: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Along the skin's normal at the nearest vertex, m; negative inside."""
    normals = vertex_normals(skin[None], BODY.faces)[0]
    _, near = cKDTree(skin).query(points)
    return np.einsum("pi,pi->p", points - skin[near], normals[near])


@pytest.mark.parametrize("kind", ["tshirt", "longsleeve", "sleeveless", "trousers", "leggings", "shorts", "hair"])
@pytest.mark.parametrize("seed", [None, 3])
def test_cloth_is_outside_of_the_skin(kind: str, seed: int | None) -> None:
    betas, _ = draw_betas(BODY, stream(8, "actor"))
    costume = dress(BODY, betas, look(kind, pattern="short" if kind == "hair" else "plain"))
    vertices, skin, _ = posed(costume, betas, seed)
    (shell,) = costume.shells
    # Hems turn in under the skin: those vertices are the last.
    outer = vertices[len(skin) : len(skin) + len(shell.offset) - len(shell.hem)]
    above = height_above_skin(outer, skin)
    if kind != "hair":
        neck = BODY.joints()[JOINT_INDEX["neck"], 1]  # patterns lie on the template
        assert costume.rest[len(skin) :, 1].max() < neck + 0.06  # nobody wears cloth on the ears
    # A bent armpit or groin may swallow a crease.
    assert np.mean(above > -0.001) > 0.98 and np.median(above) > 0.001 and above.max() < 0.12
    assert np.isfinite(vertices).all() and len(costume.zones) == len(costume.faces)


def test_skin_below_cloth_is_left_out_and_skin_beside_it_is_not() -> None:
    betas = np.zeros(10)
    bare, dressed = (dress(BODY, betas, look(*kinds)) for kinds in ((), ("tshirt", "trousers", "shoes")))
    assert len(bare.faces) == len(BODY.faces)
    left = dressed.faces[dressed.zones == 0]
    assert len(left) < 0.85 * len(BODY.faces)
    seen = np.unique(left)
    crown, hand, sole = BODY.v_template[:, 1].argmax(), BODY.v_template[:, 0].argmax(), BODY.v_template[:, 1].argmin()
    assert crown in seen and hand in seen and sole not in seen


@pytest.mark.parametrize("seed", range(6))
def test_nothing_reaches_far_below_the_soles(seed: int) -> None:
    """People stand on the floor in their shoes, whatever they wear."""
    rng = stream(seed, "actor")
    betas, _ = draw_betas(BODY, rng)
    costume = dress(BODY, betas, draw_look(rng))
    vertices, skin, _ = posed(costume, betas)
    assert abs(vertices[:, 1].min() - skin[:, 1].min()) < 0.004
    assert np.all(vertices.max(axis=0) < skin.max(axis=0) + 0.08)


def test_shoes_hold_the_foot_and_bend_with_the_toes() -> None:
    betas, _ = draw_betas(BODY, stream(1, "actor"))
    costume = dress(BODY, betas, look("shoes"))
    vertices, skin, _ = posed(costume, betas)
    chosen = part(costume, "shoes")
    shoes = vertices[chosen]
    ground = skin[:, 1].min()
    foot = skin[(skin[:, 1] < ground + 0.03) & (skin[:, 0] > 0)]
    left = shoes[shoes[:, 0] > 0]
    assert left[:, 2].min() < foot[:, 2].min() and left[:, 2].max() > foot[:, 2].max()
    assert left[:, 0].min() < foot[:, 0].min() and left[:, 0].max() > foot[:, 0].max()
    pose = np.zeros((1, 52, 3))
    pose[0, JOINT_INDEX["left_foot"]] = [-0.5, 0, 0]
    body = BODY.forward(betas, pose)
    moved = np.linalg.norm(costume.pose(*body)[0][chosen] - shoes, axis=1)
    toe, heel = shoes[:, 2].argmax(), shoes[:, 2].argmin()
    tips = (shoes[:, 0] > 0) & (shoes[:, 2] > shoes[toe, 2] - 0.02)
    assert moved[tips].max() > 0.03 and moved[heel] < 1e-4 and moved[shoes[:, 0] < 0].max() < 1e-4


def test_gathered_hair_follows_the_head() -> None:
    betas = np.zeros(10)
    costume = dress(BODY, betas, look("hair", pattern="ponytail"))
    rest, _, _ = posed(costume, betas)
    pose = np.zeros((1, 52, 3))
    pose[0, JOINT_INDEX["head"]] = [0, 1.0, 0]
    vertices, joints, rotations = BODY.forward(betas, pose)
    turned = costume.pose(vertices, joints, rotations)[0]
    count = sum(len(part.points) for part in costume.attached)
    assert count > 100
    tail = slice(len(rest) - count, None)
    head = JOINT_INDEX["head"]
    expected = (rest[tail] - joints[0, head]) @ rotations[0, head].T + joints[0, head]
    assert np.allclose(turned[tail], expected, atol=1e-4)


def test_bald_people_need_no_hair_to_be_dressed() -> None:
    costume = dress(BODY, np.zeros(10), look("tshirt"))
    assert [material["name"] for material in costume.materials] == ["skin", "eye", "iris", "tshirt"]
