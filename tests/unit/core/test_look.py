"""A look at the sample footage: pictures, facts, people, on real networks."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.errors import BadInputError, CancelledError
from understudy.core.footage_settings import LookSettings
from understudy.core.glimpse import Glimpse
from understudy.core.look import glimpse_within, look
from understudy.core.methods import find_pipeline
from understudy.core.pose2d.landmarks import BodyLandmarks
from understudy.core.skeleton import KEYPOINTS
from understudy.core.take_file import load
from understudy.core.track.headway import Sight
from understudy.core.video.reader import read_chunks


@pytest.fixture
def duo(root):
    return root / "sample" / "duo.mp4"


def settings(source, tmp_path, **options):
    return LookSettings(source, tmp_path / "seen.npz", **options)


def test_pictures_spread_over_the_clip(duo, tmp_path):
    glimpse, summary = look(settings(duo, tmp_path, count=5, side=64))
    assert glimpse.images.shape[0] == 5 and max(glimpse.images.shape[1:3]) == 64
    assert summary["size"] == list(glimpse.size)
    gaps = np.diff(summary["seconds"])
    assert np.allclose(gaps, summary["duration"] / 5, atol=1e-5) and summary["seconds"][0] > 0
    np.testing.assert_array_equal(Glimpse.load(tmp_path / "seen.npz").images, glimpse.images)


def test_a_moments_picture_is_that_frame(duo, tmp_path):
    (chunk,) = [next(read_chunks(duo, chunk_frames=41, warn=lambda text: None))]
    want = chunk.images[40]
    second = float(chunk.timestamps[40] - chunk.timestamps[0])
    glimpse, _ = look(settings(duo, tmp_path, times=(round(second, 3),), side=4096))
    np.testing.assert_array_equal(glimpse.images[0], want)


def test_after_the_end_the_last_picture_is_shown(duo, tmp_path):
    glimpse, summary = look(settings(duo, tmp_path, times=(1e4,)))
    assert len(glimpse.images) == 1
    assert summary["seconds"][0] == pytest.approx(summary["duration"], abs=0.1)


def test_an_image_folder_has_no_frame_rate_of_its_own(tmp_path):
    import cv2

    folder = tmp_path / "shot"
    folder.mkdir()
    for i in range(10):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((20, 30, 3), 25 * i, np.uint8))
    glimpse, summary = look(settings(folder, tmp_path, times=(0.5,), fps=10.0))
    assert summary["fps"] == 10 and glimpse.images[0, 0, 0, 0] == 125


def test_a_chunk_under_way_shows_the_bodies_so_far(duo):
    """With a place for every landmark: Blender draws hands from the same arrays once they are there."""
    chunk = next(read_chunks(duo, chunk_frames=4, warn=lambda text: None))
    bodies = BodyLandmarks.empty(2)
    bodies.points[:] = np.linspace(100, 300, 33)[:, None]
    bodies.visibility[:], bodies.presence[:] = 1.0, 1.0
    glimpse = glimpse_within(chunk, Sight(0.5, 2, bodies), float(chunk.timestamps[0]))
    assert glimpse.seconds[0] == pytest.approx(float(chunk.timestamps[2] - chunk.timestamps[0]))
    assert glimpse.points.shape == (2, len(KEYPOINTS), 2) and len(glimpse.boxes) == 2
    assert (glimpse.confidence[:, :33] > 0.5).all() and not glimpse.confidence[:, 33:].any()
    nobody = glimpse_within(chunk, Sight(0.0, 0, BodyLandmarks.empty(0)), float(chunk.timestamps[0]))
    assert len(nobody.boxes) == 0 and len(nobody.images) == 1


def test_cancelled_before_it_began(duo, tmp_path):
    with pytest.raises(CancelledError):
        look(settings(duo, tmp_path), cancelled=lambda: True)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"count": 0}, "count"),
        ({"side": 5}, "side"),
        ({"times": [-1]}, "-1"),
        ({"times": "soon"}, "times"),
        ({"output": "seen.png"}, "seen.png"),
        ({"device": "abacus"}, "abacus"),
        ({"colour": 1}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused(values, named):
    with pytest.raises(BadInputError, match=named):
        LookSettings.from_json({"source": "a.mp4", "output": "seen.npz"} | values)


def test_people_are_where_they_are(duo, root, tmp_path):
    """Boxes hold the true joints of their person in the picture, one box for each."""
    if find_pipeline("default").missing():
        pytest.skip("the models are not on this machine: understudy models pull")
    truth = load(root / "sample" / "duo.truth.take.npz")
    glimpse, summary = look(settings(duo, tmp_path, times=(1.0,), people=True, device="cpu"))
    assert len(summary["people"]) == len(truth.people) == 2
    world, K = np.linalg.inv(truth.cameras.world_from_camera[0]), truth.cameras.K[0]
    frame = int(np.argmin(np.abs(truth.timestamps - truth.timestamps[0] - 1.0)))
    for person in truth.people:
        local = (world[:3, :3] @ person.joints_world[frame].T).T + world[:3, 3]
        pixels = (K @ local.T).T
        pixels = pixels[:, :2] / pixels[:, 2:]
        inside = [np.mean(np.all((pixels >= box[:2]) & (pixels <= box[2:]), axis=1)) for box in glimpse.boxes]
        assert max(inside) > 0.9, inside
    assert [row[0] for row in summary["people"]] == [1.0, 1.0]
