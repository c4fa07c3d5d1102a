"""The whole way from a video to a take, with a perception that sees pretended people: everything else is real."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from understudy.core import journal, observe, pipeline
from understudy.core.actor import Actor, actor_of, write_actor
from understudy.core.body.files import save_official
from understudy.core.body.numpy_model import load_free_body, load_free_hand
from understudy.core.errors import BadInputError, CancelledError, CannotWriteError
from understudy.core.evaluate.takes import evaluate_takes
from understudy.core.lift import default as lifter
from understudy.core.picks import Pick
from understudy.core.pipeline import capture
from understudy.core.pose2d.landmarks import BodyLandmarks
from understudy.core.resolve import resolve
from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.settings import CaptureSettings, ResolveSettings
from understudy.core.skeleton import KEYPOINTS, POSE_LANDMARKS, TAKE_JOINTS
from understudy.core.take_file import load
from understudy.core.track import perceive
from understudy.core.track.appearance import SIZE
from understudy.core.track.headway import Sight
from understudy.core.track.similarity import box_of
from understudy.core.track.state import PerceptionState
from understudy.core.track.tracklets import Tracklet
from understudy.core.video import reader
from understudy.core.weights import store

WIDTH, HEIGHT, FPS, FRAMES, CHUNK = 320, 240, 25, 22, 5
FOCAL = 300.0
_NAMES = {"index": "index1", "pinky": "pinky1", "thumb": "thumb2", "foot_index": "big_toe"}


def joint_of(landmark: str) -> str:
    """The joint or surface point of the body nearest to a landmark."""
    side, _, part = landmark.partition("_")
    if "eye" in part:
        return f"{side}_eye"
    return "nose" if "mouth" in landmark else f"{side}_{_NAMES.get(part, part)}" if part else landmark


def people_at(time: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks of people who stand before the camera and sway: pixels (P, 33, 2), camera axes (P, 33, 3)."""
    body = load_free_body()
    pose = np.zeros((52, 3))
    pose[:, 2] = 0.1 * np.sin(3 * time + np.arange(52))
    pose[16, 2], pose[17, 2] = -1.2, 1.2  # arms down
    joints = body.points(body.betas_for_height(1.7), pose)[[TAKE_JOINTS.index(joint_of(n)) for n in POSE_LANDMARKS]]
    camera = joints @ axis_angle_to_matrix(np.array([np.pi, 0, 0])).T + [0, 0.9, 4.0]
    placed = np.stack([camera + np.array([1.2 * i - 0.6 * (count - 1), 0, 0]) for i in range(count)])
    pixels = FOCAL * placed[..., :2] / placed[..., 2:] + [(WIDTH - 1) / 2, (HEIGHT - 1) / 2]
    return pixels, placed - placed[:, 23:25].mean(1, keepdims=True)


class Perception:
    """Stands for the networks: sees ``people`` in every frame, and counts the chunks it was asked about."""

    def __init__(self, people: int = 1) -> None:
        self.people = people
        self.chunks: list[int] = []
        self.fail_at: int | None = None
        self.tells = False

    def __call__(self, chunk, nets, state, tell):
        if self.tells:
            tell(Sight(0.4, 0, BodyLandmarks.empty(0)))
        if chunk.index == self.fail_at:
            raise RuntimeError("killed")
        self.chunks.append(chunk.index)
        state = state or PerceptionState()
        n, k = len(chunk.timestamps), len(KEYPOINTS)
        tracklets = []
        for person in range(self.people):
            points, world = np.full((n, k, 2), np.nan, np.float32), np.full((n, k, 3), np.nan, np.float32)
            confidence = np.zeros((n, k), np.float32)
            for i, time in enumerate(chunk.timestamps):
                pixels, metres = people_at(time, self.people)
                points[i, :33], world[i, :33] = pixels[person], metres[person]
            confidence[:, :33] = 0.95
            boxes = box_of(points[:, :33], confidence[:, :33], WIDTH, HEIGHT)
            frames = state.next_frame + np.arange(n)
            tracklets.append(
                Tracklet(
                    person, frames, boxes, points, confidence, world, np.full(n, 0.99, np.float32),
                    np.zeros((n, 2), np.float32), np.full((n, SIZE), np.nan, np.float32),
                )
            )  # fmt: skip
        return tracklets, {}, PerceptionState(state.next_frame + n, self.people, float(chunk.timestamps[-1]))


@pytest.fixture
def perception(monkeypatch, tmp_path_factory):
    """Chunks of five frames, seen by ``Perception``; files of the right size stand for the models."""
    folder = tmp_path_factory.mktemp("models")
    for status in store.list_models(folder):
        with status.path.open("wb") as stream:
            stream.truncate(status.model.size)
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(folder))
    fake = Perception()
    monkeypatch.setitem(lifter.WEIGHTS, False, folder / "no lifter")
    monkeypatch.setattr(observe, "load_networks", lambda device, hands, dtype: None)
    monkeypatch.setattr(perceive, "perceive_chunk", fake)
    monkeypatch.setattr(reader, "chunk_frames_for", lambda width, height: CHUNK)
    return fake


def write_video(path: Path, times: np.ndarray) -> Path:
    """A clip whose frame i is presented at ``times[i]`` seconds (multiples of 1 ms)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), 5 * i % 255, np.uint8))
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_video(tmp_path_factory.mktemp("clips") / "clip.mp4", np.arange(FRAMES) / FPS)


@pytest.fixture
def settings(clip, tmp_path):
    return lambda **changed: CaptureSettings(
        **({"source": clip, "output": tmp_path / "x.take.npz", "focal": FOCAL, "device": "cpu"} | changed)
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def same_takes(a: Path, b: Path) -> None:
    with np.load(a) as one, np.load(b) as other:
        assert one.files == other.files
        for key in one.files:
            if key != "meta":
                np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_a_capture_makes_a_take_and_nothing_else(perception, settings, clip, tmp_path):
    seen = []
    result = capture(settings(), progress=lambda *event: seen.append(event))
    take = load(result.path)
    assert names(tmp_path) == ["x.take.npz"]
    assert perception.chunks == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(take.timestamps, np.arange(FRAMES) / FPS, atol=1e-6)
    assert take.fps_nominal == FPS
    np.testing.assert_allclose(take.cameras.K[0], [[FOCAL, 0, 159.5], [0, FOCAL, 119.5], [0, 0, 1]])
    source = take.sources[0]
    assert (tmp_path / source["path"]).resolve() == clip.resolve()
    assert (source["sha256"], source["size"]) == (journal.sha256_of(clip), [WIDTH, HEIGHT])
    assert [m["licence"] for m in take.models if m["name"].startswith("pose")] == ["Apache-2.0"] * 2
    assert take.commercial and len(take.models) == 5
    person = take.people[0]
    assert person.present.all() and person.id == "1" and person.height == pytest.approx(1.7)
    # The solved body lies under what was measured, and stands on the floor.
    world = np.linalg.inv(take.cameras.world_from_camera[0])
    joints = person.joints_world[:, TAKE_JOINTS.index("left_wrist")] @ world[:3, :3].T + world[:3, 3]
    pixels = FOCAL * joints[:, :2] / joints[:, 2:] + [159.5, 119.5]
    measured = person.keypoints2d[0, :, KEYPOINTS.index("left_wrist")]
    assert np.linalg.norm(pixels - measured, axis=1).max() < 6
    assert abs(person.joints_world[:, TAKE_JOINTS.index("left_heel"), 2]).max() < 0.1
    json.dumps(result.summary, allow_nan=False)
    assert result.summary["frames"] == FRAMES and result.summary["people"][0]["present_frames"] == FRAMES
    stages = [event[0] for event in seen]
    assert list(dict.fromkeys(stages)) == ["decode", "landmarks", "track", "solve", "save"]
    counts = [event[1:3] for event in seen if event[0] == "landmarks"]
    assert counts == [(0, 22), (5, 22), (10, 22), (15, 22), (20, 22), (22, 22)]


def test_cancel_keeps_finished_chunks_and_resume_computes_the_rest_only(perception, settings, tmp_path):
    whole = capture(settings(output=tmp_path / "whole.take.npz")).path
    perception.chunks.clear()
    with pytest.raises(CancelledError):
        capture(settings(), cancelled=lambda: len(perception.chunks) == 2)
    assert names(tmp_path) == ["whole.take.npz", "x.take.npz.journal"]
    perception.chunks.clear()
    (tmp_path / ".x.take.npz.killed.part").write_bytes(b"half a take")
    result = capture(settings())
    assert perception.chunks == [2, 3, 4]
    assert result.summary["resumed_chunks"] == 2
    same_takes(result.path, whole)
    assert names(tmp_path) == ["whole.take.npz", "x.take.npz"]


def test_cancel_is_heard_during_the_solve(perception, settings, tmp_path):
    stages = []
    with pytest.raises(CancelledError, match="solving"):
        capture(settings(), progress=lambda *event: stages.append(event[0]), cancelled=lambda: stages[-1] == "solve")
    assert names(tmp_path) == ["x.take.npz.journal"]
    perception.chunks.clear()
    capture(settings())
    assert perception.chunks == []


def test_a_crash_keeps_the_journal(perception, settings, tmp_path):
    perception.fail_at = 3
    with pytest.raises(RuntimeError, match="killed"):
        capture(settings())
    assert names(tmp_path) == ["x.take.npz.journal"]
    perception.fail_at = None
    perception.chunks.clear()
    capture(settings(height=1.9))  # a height changes no chunk
    assert perception.chunks == [3, 4]
    assert load(tmp_path / "x.take.npz").people[0].height == pytest.approx(1.9)


def test_a_journal_of_other_settings_is_refused(perception, settings, tmp_path):
    with pytest.raises(CancelledError):
        capture(settings(), cancelled=lambda: len(perception.chunks) == 1)
    with pytest.raises(BadInputError, match="hands True instead of False"):
        capture(settings(hands=False))
    assert names(tmp_path) == ["x.take.npz.journal"]
    capture(settings())


@pytest.mark.parametrize("full_at", [0, 2, 100], ids=["at once", "in the middle", "on saving"])
def test_a_full_disk_keeps_the_journal_and_says_so(perception, settings, tmp_path, monkeypatch, full_at):
    def full(*arguments):
        raise CannotWriteError("Cannot write: no space left on device.") from OSError(errno.ENOSPC, "no space")

    original = journal.Journal.write
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "write", lambda *a: (full if a[2] == full_at else original)(*a))
        if full_at == 100:
            patch.setattr(pipeline, "save", full)
        with pytest.raises(CannotWriteError, match="space") as caught:
            capture(settings())
    assert caught.value.exit_code == 2
    assert names(tmp_path) == ["x.take.npz.journal"]
    perception.chunks.clear()
    capture(settings())
    assert perception.chunks == list(range(min(full_at, 5), 5))


def test_nobody_is_bad_input_and_leaves_nothing(perception, settings, tmp_path):
    perception.people = 0
    with pytest.raises(BadInputError, match=r"No person.*clip\.mp4"):
        capture(settings())
    assert names(tmp_path) == []


def test_a_failure_leaves_the_take_that_was_there(perception, settings, tmp_path):
    before = capture(settings()).path.read_bytes()
    perception.people = 0
    with pytest.raises(BadInputError):
        capture(settings())
    assert (tmp_path / "x.take.npz").read_bytes() == before


def test_the_range_counts_from_the_first_frame(perception, settings):
    result = capture(settings(start=0.2, end=0.4))
    take = load(result.path)
    np.testing.assert_allclose(take.timestamps, np.arange(5, 10) / FPS, atol=1e-6)
    assert take.sources[0]["first_timestamp"] == pytest.approx(0.0)


def test_one_frame_is_a_take(perception, settings, tmp_path):
    video = write_video(tmp_path / "one.mp4", np.zeros(1))
    take = load(capture(settings(source=video)).path)
    assert take.frame_count == 1 and len(take.people) == 1
    assert np.isfinite(take.people[0].joints_world).all()


def test_a_folder_of_pictures(perception, settings, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(7):
        cv2.imwrite(str(folder / f"{i}.png"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    take = load(capture(settings(source=folder, fps=10.0)).path)
    np.testing.assert_allclose(take.timestamps, np.arange(7) / 10, atol=1e-9)
    assert take.settings["fps"] == 10.0


def test_a_truncated_video_gives_what_decodes_with_a_warning(perception, settings, tmp_path):
    path = write_video(tmp_path / "cut.mkv", np.arange(FRAMES) / FPS)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    warnings = []
    result = capture(settings(source=path), warn=warnings.append)
    assert 0 < result.summary["frames"] < FRAMES
    assert any("cut.mkv" in text for text in warnings) and result.summary["warnings"] == warnings


def test_variable_rate_gets_a_background_copy(perception, settings, tmp_path):
    times = np.round(np.cumsum(np.random.default_rng(1).uniform(0.02, 0.08, FRAMES)), 3)
    video = write_video(tmp_path / "vfr.mp4", times - times[0])
    take = load(capture(settings(source=video)).path)
    np.testing.assert_allclose(np.diff(take.timestamps), np.diff(times), atol=1e-6)
    assert names(tmp_path) == ["vfr.mp4", "x.proxy.mp4", "x.take.npz"]


def test_people_keeps_the_most_visible(perception, settings):
    perception.people = 2
    assert len(load(capture(settings()).path).people) == 2
    assert [p.id for p in load(capture(settings(people=1)).path).people] == ["1"]


def test_picks_keep_the_people_whose_boxes_were_clicked(perception, settings, tmp_path):
    perception.people = 3
    pixels, _ = people_at(0.4, 3)
    boxes = [(points.min(0), points.max(0)) for points in pixels]
    picks = tuple(Pick(0.4, *low, *high) for low, high in (boxes[2], boxes[0]))
    everyone = load(capture(settings()).path)
    take = load(capture(settings(picks=picks, output=tmp_path / "two.take.npz")).path)
    assert [person.id for person in take.people] == ["1", "2"]
    for got, wanted in zip(take.people, (everyone.people[0], everyone.people[2]), strict=True):
        np.testing.assert_array_equal(got.keypoints2d, wanted.keypoints2d)
    # The chunks of a capture that was cut off serve other picks too.
    perception.fail_at = 3
    with pytest.raises(RuntimeError):
        capture(settings(output=tmp_path / "cut.take.npz"))
    perception.fail_at, perception.chunks = None, []
    capture(settings(picks=picks[:1], output=tmp_path / "cut.take.npz"))
    assert perception.chunks == [3, 4]


def test_a_pick_counts_from_the_clips_first_frame(perception, settings):
    perception.people = 2
    pixels, _ = people_at(0.5, 2)
    pick = Pick(0.5, *pixels[1].min(0), *pixels[1].max(0))
    result = capture(settings(start=0.4, end=0.8, picks=(pick,)))
    assert len(load(result.path).people) == 1 and not result.summary["warnings"]


def test_every_second_frame_keeps_its_times(perception, settings, tmp_path):
    whole = load(capture(settings()).path)
    half = load(capture(settings(step=2, output=tmp_path / "half.take.npz")).path)
    np.testing.assert_allclose(half.timestamps, whole.timestamps[::2])
    np.testing.assert_array_equal(half.people[0].keypoints2d, whole.people[0].keypoints2d[:, ::2])
    assert half.fps_nominal == whole.fps_nominal == FPS
    assert names(tmp_path) == ["half.take.npz", "x.take.npz"]  # the footage plays in step without a copy


def test_what_is_seen_is_shown_on_the_way(perception, settings, monkeypatch):
    seen, events = [], []
    perception.people = 2
    perception.tells = True
    monkeypatch.setattr(observe, "TELL_S", 0.0)
    capture(settings(step=2), progress=lambda *event: events.append(event), show=seen.append)
    measured = [event for event in events if event[0] == "landmarks"]
    assert {event[2] for event in measured} == {11}  # half of 22
    assert [event[1] for event in measured] == [0, 2, 5, 7, 10, 10, 11]  # chunks of 5, 5 and 1 frames, and within them
    assert all(event[3] >= 0 for event in measured[1:])
    assert [len(one.boxes) for one in seen] == [0, 2, 0, 2, 0, 2]
    assert [round(float(one.seconds[0]) * FPS) for one in seen] == [0, 8, 10, 18, 20, 20]
    last = seen[-1]
    assert last.images.shape == (1, HEIGHT, WIDTH, 3) and last.seconds[0] == pytest.approx(20 / FPS)
    np.testing.assert_allclose(last.points[:, :33], people_at(20 / FPS, 2)[0], atol=1e-3)


def test_heights_by_id(perception, settings):
    perception.people = 2
    warnings = []
    take = load(capture(settings(height={"1": 1.8, "3": 1.6}), warn=warnings.append).path)
    assert take.people[0].height == pytest.approx(1.8)
    assert any("3" in text and "--height" in text for text in warnings)


@pytest.mark.parametrize(
    ("lens", "focal", "source", "warns"),
    [
        ({"focal": 400.0}, 400.0, "focal", False),
        ({"focal": None, "fov": 90.0}, 160.0, "fov", False),  # 320 px / 2 / tan 45°
        ({"focal": None}, 160 / np.tan(np.radians(27.5)), "default", True),
    ],
)
def test_the_lens(perception, settings, lens, focal, source, warns):
    result = capture(settings(**lens))
    take = load(result.path)
    assert take.cameras.K[0, 0, 0] == pytest.approx(focal)
    assert take.settings["focal_source"] == source
    assert any("55" in text for text in result.summary["warnings"]) is warns


def write_picture(path: Path, picture: Path) -> Path:
    """A clip of a picture that does not change, FRAMES long."""
    image = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "16"})
        stream.height, stream.width, stream.pix_fmt = *image.shape[:2], "yuv420p"
        for _ in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        container.mux(stream.encode(None))
    return path


def test_the_footage_tells_the_lens_and_a_resumed_capture_hears_it_too(perception, settings, tmp_path):
    folder = Path(__file__).parents[2] / "data" / "lens"
    true = json.loads((folder / "lenses.json").read_text("utf-8"))["courtyard_zoomed"]["focal_px"]
    clip = write_picture(tmp_path / "courtyard.mp4", folder / "courtyard_zoomed.jpg")
    result = capture(settings(source=clip, focal=None))
    take = load(result.path)
    assert take.settings["focal_source"] == "estimated" and 0 < take.settings["focal_spread"] < 0.12
    assert take.cameras.K[0, 0, 0] == pytest.approx(true, rel=0.06) == take.settings["focal"]
    assert result.summary["focal_spread"] == pytest.approx(take.settings["focal_spread"], abs=1e-3)
    assert not any("lens" in text for text in result.summary["warnings"])
    perception.fail_at = 4
    with pytest.raises(RuntimeError, match="killed"):
        capture(settings(source=clip, focal=None, output=tmp_path / "y.take.npz"))
    perception.fail_at, perception.chunks = None, []
    again = capture(settings(source=clip, focal=None, output=tmp_path / "y.take.npz"))
    assert perception.chunks == [4]
    assert again.summary["focal_px"] == result.summary["focal_px"]
    # Solved again without a word about the lens, the take keeps it, and how sure it was.
    kept = load(resolve(ResolveSettings(result.path, tmp_path / "z.take.npz", height=1.8)).path)
    for key in ("focal", "focal_source", "focal_spread", "focal_told_by"):
        assert kept.settings[key] == take.settings[key], key
    assert take.settings["focal_told_by"] == ["edges"]


class TestResolve:
    @pytest.fixture
    def taken(self, perception, settings):
        return capture(settings()).path

    def test_the_same_settings_give_the_same_motion(self, taken, tmp_path):
        result = resolve(ResolveSettings(taken, tmp_path / "again.take.npz"))
        again, before = load(result.path), load(taken)
        np.testing.assert_allclose(again.people[0].joints_world, before.people[0].joints_world, atol=2e-3)
        np.testing.assert_array_equal(again.people[0].keypoints2d, before.people[0].keypoints2d)
        assert again.take_id != before.take_id

    def test_a_height_scales_the_world(self, taken, tmp_path):
        again = load(resolve(ResolveSettings(taken, tmp_path / "tall.take.npz", height=1.87)).path)
        before = load(taken)
        depth = [t.people[0].joints_world[:, 0, 1].mean() for t in (again, before)]
        assert depth[0] / depth[1] == pytest.approx(1.1, rel=0.03)
        assert again.people[0].height == pytest.approx(1.87)

    def test_an_actor_lends_body_and_name_until_somebody_says_otherwise(self, taken, tmp_path):
        profile = tmp_path / "anna.actor.json"
        betas = tuple(float(b) for b in load_free_body().betas_for_height(1.8) + np.array([0, 0.5] + [0] * 8))
        write_actor(profile, Actor("Anna", 1.8, betas))
        first = load(resolve(ResolveSettings(taken, tmp_path / "anna.take.npz", actor={"1": profile})).path)
        assert first.people[0].name == "Anna"
        np.testing.assert_allclose(first.people[0].smpl.betas, betas, atol=1e-6)
        assert actor_of(first, first.people[0]) == Actor("Anna", 1.8, tuple(round(b, 5) for b in betas))
        profile.unlink()
        again = load(resolve(ResolveSettings(tmp_path / "anna.take.npz", tmp_path / "b.take.npz")).path)
        np.testing.assert_allclose(again.people[0].smpl.betas, betas, atol=1e-6)
        shorter = ResolveSettings(tmp_path / "anna.take.npz", tmp_path / "c.take.npz", height=1.6)
        assert load(resolve(shorter).path).people[0].height == pytest.approx(1.6)

    def test_a_lens_moves_the_person(self, taken, tmp_path):
        again = load(resolve(ResolveSettings(taken, tmp_path / "long.take.npz", focal=2 * FOCAL)).path)
        assert again.cameras.K[0, 0, 0] == 2 * FOCAL
        assert again.people[0].joints_world[:, 0, 1].mean() > 7

    def test_the_footage_is_found_from_another_folder(self, taken, tmp_path, clip):
        (tmp_path / "sub").mkdir()
        again = load(resolve(ResolveSettings(taken, tmp_path / "sub" / "y.take.npz")).path)
        assert (tmp_path / "sub" / again.sources[0]["path"]).resolve() == clip.resolve()

    def test_bad_input(self, taken, tmp_path):
        with pytest.raises(BadInputError, match="no take"):
            resolve(ResolveSettings(tmp_path / "none.take.npz", tmp_path / "y.take.npz"))
        with pytest.raises(CannotWriteError):
            resolve(ResolveSettings(taken, tmp_path / "none" / "y.take.npz"))


class TestOwnBody:
    """The free body in the official layout stands for a user's file: what is solved on it must be the same."""

    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "SMPLH_NEUTRAL.npz"
        save_official(load_free_body(), path)
        return path

    def test_gives_what_the_free_body_gives(self, perception, settings, tmp_path, file):
        free = load(capture(settings()).path)
        own = load(capture(settings(output=tmp_path / "own.take.npz", body=file)).path)
        np.testing.assert_allclose(own.people[0].joints_world, free.people[0].joints_world, atol=1e-4)
        np.testing.assert_allclose(own.people[0].smpl.betas, free.people[0].smpl.betas, atol=1e-5)
        assert free.commercial and not own.commercial, "the file's licence is the user's business"
        again = load(resolve(ResolveSettings(tmp_path / "own.take.npz", tmp_path / "again.take.npz")).path)
        assert again.settings["body"] == own.settings["body"] == {
            "path": str(file), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()
        }  # fmt: skip
        pair = evaluate_takes(own, free).overall
        assert pair["PVE"].value < 1e-4

    def test_its_take_says_when_the_file_is_gone(self, perception, settings, tmp_path, file):
        path = capture(settings(body=file)).path
        other = dataclasses.replace(load_free_body(), v_template=load_free_body().v_template * 1.01)
        for change in (lambda: save_official(other, file), file.unlink):
            change()
            with pytest.raises(BadInputError, match="not there any more or has changed") as told:
                resolve(ResolveSettings(path, tmp_path / "y.take.npz"))
            assert "--body free" in told.value.hint
        freed = load(resolve(ResolveSettings(path, tmp_path / "y.take.npz", body=Path("free"))).path)
        assert "body" not in freed.settings

    def test_a_profile_is_of_one_body(self, perception, settings, tmp_path, file):
        own = load(capture(settings(body=file)).path)
        profile = tmp_path / "anna.actor.json"
        write_actor(profile, actor_of(own, own.people[0], "Anna"))
        again = load(capture(settings(output=tmp_path / "b.take.npz", body=file, actor=profile, height=None)).path)
        assert again.people[0].name == "Anna"
        with pytest.raises(BadInputError, match="The profile of Anna is of your own SMPL-H file"):
            capture(settings(output=tmp_path / "c.take.npz", actor=profile, height=None))

    def test_files_of_other_kinds_are_refused(self, perception, settings, tmp_path):
        hand = tmp_path / "MANO_LEFT.npz"
        save_official(load_free_hand("left"), hand)
        for file, said in ((hand, "mano_left"), (tmp_path / "none.npz", "no body model")):
            with pytest.raises(BadInputError, match=said):
                capture(settings(body=file))


class TestSettings:
    def test_json_round_trip(self, settings):
        one = settings(height={"1": 1.8}, people=2)
        assert CaptureSettings.from_json(json.loads(json.dumps(one.to_json()))) == one

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"colour": 1}, "colour"),
            ({"people": "2"}, "people"),
            ({"people": True}, "people"),
            ({"hands": 1}, "hands"),
            ({"height": {"1": "tall"}}, "height"),
            ({"height": {}}, "height"),
            ({"height": 5}, "--height 5"),
            ({"source": None}, "source"),
            ({"fov": 30, "focal": 200}, "exclude"),
            ({"end": float("inf")}, "--end"),
        ],
    )
    def test_bad_json(self, settings, change, named):
        with pytest.raises(BadInputError, match=named):
            CaptureSettings.from_json(settings(focal=None).to_json() | change)

    def test_missing(self):
        with pytest.raises(BadInputError, match="output"):
            CaptureSettings.from_json({"source": "x.mp4"})


@pytest.mark.parametrize(("method", "asked"), [("default", True), ("blazepose", False)])
def test_the_default_lifter_is_evidence_where_its_weights_are(
    perception, settings, tmp_path, monkeypatch, method, asked
):
    plain = load(capture(settings(method="blazepose")).path)
    model = lifter.DefaultLifter(lifter.Architecture(channels=8, dilations=(1,)))
    lifter.save_default(model, tmp_path / "l.safetensors")
    monkeypatch.setitem(lifter.WEIGHTS, False, tmp_path / "l.safetensors")
    take = load(capture(settings(method=method)).path)
    assert take.settings["lifter"] is asked
    assert ("default lifter" in [model["name"] for model in take.models]) is asked
    same = np.allclose(take.people[0].joints_world, plain.people[0].joints_world, atol=1e-6)
    assert same is not asked
    again = load(resolve(ResolveSettings(tmp_path / "x.take.npz", tmp_path / "y.take.npz")).path)
    np.testing.assert_allclose(again.people[0].joints_world, take.people[0].joints_world, atol=2e-3)
