"""Cutting, smoothing and holding off: on shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.synth.shells import RIM, cut, make_shell, vertex_normals, without_slivers


def grid(n: int = 11) -> tuple[np.ndarray, np.ndarray]:
    """A unit square in the XY plane of (n − 1)² quads, two triangles each, facing +Z."""
    axis = np.linspace(0, 1, n)
    points = np.array([[x, y, 0.0] for y in axis for x in axis])
    faces = []
    for r in range(n - 1):
        for c in range(n - 1):
            a = r * n + c
            faces += [(a, a + 1, a + n + 1), (a, a + n + 1, a + n)]
    return points, np.array(faces)


def area(points: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (points[faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@pytest.mark.parametrize("line", [0.33, 0.5, 0.77])
def test_a_cut_keeps_exactly_the_side_inside(line: float) -> None:
    points, faces = grid()
    mixture, own = cut(faces, line - points[:, 0])
    kept = mixture @ points
    assert kept[:, 0].max() <= line + 0.002 and kept[:, 0].min() == 0
    assert area(kept, own) == pytest.approx(line, abs=0.0021)
    assert np.allclose(mixture.sum(axis=1), 1)
    # Faces still look the same way, and none is cut apart from its neighbour.
    assert np.all(np.cross(kept[own[:, 1]] - kept[own[:, 0]], kept[own[:, 2]] - kept[own[:, 0]])[:, 2] >= -1e-12)
    edges = np.sort(np.concatenate([own[:, [0, 1]], own[:, [1, 2]], own[:, [2, 0]]]), axis=1)
    assert np.unique(edges, axis=0, return_counts=True)[1].max() == 2


def test_a_slanted_cut_makes_no_duplicate_vertices() -> None:
    points, faces = grid()
    mixture, own = cut(faces, 0.7 - points[:, 0] - 0.4 * points[:, 1])
    kept = mixture @ points
    assert len(np.unique(np.round(kept, 9), axis=0)) == len(kept)
    assert area(kept, own) == pytest.approx(0.5, abs=0.004)  # ∫ (0.7 − 0.4 y) dy


def test_nothing_inside_and_everything_inside() -> None:
    points, faces = grid(4)
    mixture, own = cut(faces, np.ones(len(points)))
    assert np.array_equal(mixture @ points, points) and len(own) == len(faces)
    assert cut(faces, -np.ones(len(points)))[1].shape == (0, 3)


def test_a_flat_shell_lies_its_thickness_above_with_a_rim_below_the_skin() -> None:
    points, faces = grid()
    shell = make_shell(points, faces, 0.6 - points[:, 0], np.full(len(points), 0.03), smoothing=4)
    posed = shell.pose(points[None])[0]
    outer = posed[: len(posed) - len(shell.hem)]
    assert np.allclose(outer[:, 2], 0.03) and np.allclose(posed[len(outer) :, 2], -RIM)
    # The skin well inside is hidden, that near the hem is not.
    middles = points[faces].mean(axis=1)[:, 0]
    assert np.all(middles[shell.hidden] < 0.6) and shell.hidden[middles < 0.5].all()


def test_shells_turn_with_the_body() -> None:
    points, faces = grid()
    shell = make_shell(points, faces, 0.6 - points[:, 0], np.full(len(points), 0.03), smoothing=3)
    turn = np.array([[0, -1.0, 0], [1, 0, 0], [0, 0, 1]]) @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    moved = points @ turn.T + [1, 2, 3]
    assert np.allclose(shell.pose(np.stack([points, moved]))[1], shell.pose(points[None])[0] @ turn.T + [1, 2, 3])


def test_smoothing_bridges_hollows_but_does_not_sink_into_bulges() -> None:
    points, faces = grid(41)
    x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
    dent = np.column_stack([points[:, :2], -0.1 * np.exp(-(x**2 + y**2) / 0.001)])
    bump = dent * [1, 1, -1]
    inside = 0.3 - np.maximum(np.abs(x), np.abs(y))
    thick = np.full(len(points), 0.01)
    over_dent = make_shell(dent, faces, inside, thick, smoothing=30, even=20).pose(dent[None])[0]
    over_bump = make_shell(bump, faces, inside, thick, smoothing=30, even=0).pose(bump[None])[0]
    assert over_dent[:, 2].min() > -0.06  # the dent is 0.1 deep
    assert over_bump[:, 2].max() > 0.095


def test_normals_of_a_sphere_point_outwards() -> None:
    body = load_free_body()
    normals = vertex_normals(body.v_template[None].astype(float), body.faces)[0]
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    crown, sole = body.v_template[:, 1].argmax(), body.v_template[:, 1].argmin()
    assert normals[crown, 1] > 0.9 and normals[sole, 1] < -0.9


def test_slivers_are_turned_without_changing_the_surface() -> None:
    # A needle (0,1,2) on the long side of a triangle; turned, both are round.
    points = np.array([[0, 0, 0], [0.5, 0.001, 0], [1, 0, 0], [0.5, -0.6, 0]])
    faces = np.array([[0, 2, 1], [2, 0, 3]])
    turned = without_slivers(points, faces, np.zeros(2, int))
    assert area(points, turned) == pytest.approx(area(points, faces))
    assert all(1 in face and 3 in face for face in turned)
    assert np.array_equal(without_slivers(points, faces, np.array([0, 1])), faces)  # a border of two zones stays
    body = load_free_body()
    whole = without_slivers(body.v_template.astype(float), body.faces, body.zones)
    edges = np.concatenate([whole[:, [0, 1]], whole[:, [1, 2]], whole[:, [2, 0]]])
    assert len(np.unique(edges, axis=0)) == len(edges)  # still a surface that faces one way
    assert 0 < np.any(whole != body.faces, axis=1).sum() < 400
