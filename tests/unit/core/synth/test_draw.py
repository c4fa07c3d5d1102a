"""A shot follows from its seed, part by part, and stands in the take's world."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.synth.cameras import project
from understudy.core.synth.draw import KINDS, draw_shot
from understudy.core.synth.people import STATURE, draw_betas, draw_look
from understudy.core.synth.plan import Request, Shot, stream
from understudy.core.synth.staging import stage, world_points
from understudy.core.synth.visibility import box_triangles

BODY = load_free_body()


def shot(**options) -> Shot:
    return draw_shot(Request(**{"seed": 5, "frames": 12, "fps": Fraction(10), "motions": ("walk",), **options}), BODY)


def test_the_same_seed_gives_the_same_shot_and_another_does_not() -> None:
    a, b, c = shot(people=2, cameras=2), shot(people=2, cameras=2), shot(people=2, cameras=2, seed=6)
    for x, y in zip(a.actors, b.actors, strict=True):
        assert x.look == y.look and np.array_equal(x.betas, y.betas)
        assert np.array_equal(x.motion.smpl.body_pose, y.motion.smpl.body_pose)
        assert np.array_equal(x.motion.smpl.transl, y.motion.smpl.transl)
    for x, y in zip(a.cameras, b.cameras, strict=True):
        assert np.array_equal(x.world_from_camera, y.world_from_camera) and np.array_equal(x.K, y.K)
    assert (a.light, a.place) == (b.light, b.place)
    assert a.light != c.light and not np.array_equal(a.actors[0].betas, c.actors[0].betas)


def test_adding_a_camera_changes_nothing_else() -> None:
    one, many = shot(people=2), shot(people=2, cameras=4)
    assert np.array_equal(one.cameras[0].world_from_camera, many.cameras[0].world_from_camera)
    assert (one.light, one.place) == (many.light, many.place)
    for x, y in zip(one.actors, many.actors, strict=True):
        assert x.look == y.look and np.array_equal(x.motion.smpl.transl, y.motion.smpl.transl)
    # The cameras that came are elsewhere.
    places = np.array([camera.world_from_camera[0, :3, 3] for camera in many.cameras])
    assert np.linalg.norm(places[:, None] - places, axis=-1)[np.triu_indices(4, 1)].min() > 1.0


def test_adding_a_person_keeps_those_who_were_there() -> None:
    for x, y in zip(shot(people=1).actors, shot(people=3).actors, strict=False):
        assert x.look == y.look and np.array_equal(x.betas, y.betas)
        assert np.array_equal(x.motion.smpl.body_pose, y.motion.smpl.body_pose)


@pytest.mark.parametrize("motion", ["static", "handheld", "dolly", "pan"])
def test_the_world_hangs_on_the_first_camera(motion: str) -> None:
    drawn = shot(people=2, cameras=2, camera_motion=motion, occluders=2)
    first = drawn.cameras[0].world_from_camera[0]
    assert np.allclose(first[:2, 3], 0, atol=1e-9) and first[2, 3] > 0.3
    assert first[0, 2] == pytest.approx(0, abs=1e-9) and first[1, 2] > 0
    for actor in drawn.actors:
        points = world_points(actor.motion, BODY)
        # They are before the camera, upright, with a foot near the floor.
        assert np.all(points[:, JOINT_INDEX["head"], 2] > 1.0) and np.all(points[:, 0, 1] > 0.5)
        assert np.all(np.abs(points[..., 2].min(axis=1)) < 0.06)
    if drawn.props:
        assert np.abs(box_triangles(drawn.props)[..., 2].min()) < 1e-6


def test_people_keep_clear_of_each_other_and_of_furniture() -> None:
    for seed in range(4):
        drawn = shot(seed=seed, people=4, occluders=2)
        points = [world_points(actor.motion, BODY) for actor in drawn.actors]
        for i in range(4):
            for j in range(i):
                assert np.linalg.norm(points[i][:, 0] - points[j][:, 0], axis=-1).min() > 0.7
        corners = box_triangles(drawn.props).reshape(-1, 3)
        flat = np.concatenate(points, axis=1)[..., :2].reshape(-1, 2)
        if len(corners):
            assert np.linalg.norm(corners[:, None, :2] - flat[None, ::7], axis=-1).min() > 0.1


def test_a_full_stage_still_finds_room() -> None:
    rng = np.random.default_rng(0)
    motions = [actor.motion for actor in shot(people=4).actors]
    assert len(stage([*motions, *motions], BODY, rng)) == 8


def test_variable_rate_leaves_out_frames_of_a_steady_clock() -> None:
    drawn = shot(variable_rate=True, frames=40, fps=Fraction(30))
    steps = np.diff(drawn.times) * 30
    assert len(drawn.times) == 40 and drawn.times[0] == 0
    assert np.allclose(steps, np.round(steps)) and 1 < steps.mean() < 2 and steps.max() >= 2
    assert all(len(actor.motion.smpl.transl) == 40 for actor in drawn.actors)
    # What moves between two frames goes with the time between them.
    steady = shot(frames=80, fps=Fraction(30))
    kept = np.round(drawn.times * 30).astype(int)
    now, whole = (s.actors[0].motion.smpl.left_hand_pose for s in (drawn, steady))
    assert now.shape[1:] == whole.shape[1:] and kept[-1] > 40


def test_somebody_leaves_and_comes_back() -> None:
    drawn = shot(motions=(), leave=True, frames=60)
    assert drawn.actors[0].motion.source == "leave_and_return"
    camera = drawn.cameras[0]
    pixels, _ = project(world_points(drawn.actors[0].motion, BODY), camera.K, camera.world_from_camera)
    inside = np.all((pixels >= 0) & (pixels <= 639), axis=-1)
    assert inside[0].all() and inside[-1].any() and not inside.any(axis=1).all() and not drawn.warnings


def test_too_short_a_clip_to_leave_says_so() -> None:
    assert "never quite leaves" in shot(motions=(), leave=True, frames=3).warnings[0]


def test_close_ups_film_hands() -> None:
    drawn = shot(motions=(), hands_close_up=True, seed=9)
    points = world_points(drawn.actors[0].motion, BODY)
    camera = drawn.cameras[0]
    wrists = points[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]]
    pixels, _ = project(wrists, camera.K, camera.world_from_camera)
    assert np.all((pixels > 0) & (pixels < 639)) and camera.distance < 2.01 and camera.lens_mm >= 24


def test_bodies_are_varied_and_of_the_stature_they_say() -> None:
    drawn = [draw_betas(BODY, stream(seed, "actor")) for seed in range(60)]
    statures = np.array([stature for _, stature in drawn])
    assert statures.min() >= STATURE[0] and statures.max() <= STATURE[1] and 0.06 < statures.std() < 0.14
    for betas, stature in drawn[:6]:
        assert float(BODY.stature(betas)) == pytest.approx(stature, abs=1e-3)
    betas = np.array([b for b, _ in drawn])
    assert np.all(betas.std(axis=0) > 0.4) and np.abs(betas).max() < 5


def test_looks_are_varied_and_colours_are_colours() -> None:
    looks = [draw_look(stream(seed, "actor")) for seed in range(80)]
    kinds = {garment.kind for look in looks for garment in look.garments}
    assert kinds >= {"tshirt", "longsleeve", "sleeveless", "jacket", "trousers", "shorts", "leggings", "shoes", "hair"}
    brightness = [sum(look.skin) for look in looks]
    assert max(brightness) > 6 * min(brightness)
    for look in looks:
        for colour in (look.skin, look.iris, *(c for g in look.garments for c in (g.colour, g.second))):
            assert all(0 <= v <= 1 for v in colour)


def test_an_unknown_motion_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="moonwalk") as caught:
        shot(motions=("moonwalk",))
    assert "walk" in caught.value.hint


def test_every_place_that_is_drawn_can_be_built(root: Path) -> None:
    source = (root / "addon" / "headless" / "footage" / "places.py").read_text("utf-8")
    built = next(
        [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "KINDS" and isinstance(node.value, ast.Dict)
    )
    assert tuple(built) == KINDS
    assert {shot(seed=seed, frames=1).place.kind for seed in range(90)} == set(KINDS)


def test_motions_are_dealt_out_in_turn() -> None:
    drawn = shot(people=3, motions=("walk", "run"))
    assert [actor.motion.source for actor in drawn.actors] == ["walk", "run", "walk"]
