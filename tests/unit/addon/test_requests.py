"""From the sidebar's values to a request of the engine."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from understudy.addon import requests
from understudy.core import take_file
from understudy.core.checks import DEVICES
from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.journal import SUFFIX as JOURNAL_SUFFIX
from understudy.core.picks import Pick
from understudy.core.settings import CaptureSettings


@dataclass
class Chosen:
    seconds: float
    box: tuple[float, ...]


PICKED = (Chosen(1.25, (10, 20, 110.126, 220)),)


@dataclass
class Choices:
    start: float = 0.0
    end: float = 0.0
    height: float = 1.7
    lens: str = "AUTO"
    fov: float = math.radians(55)
    focal: float = 1500.0
    people: int = 0
    quality: str = "BEST"
    picks: tuple[Chosen, ...] = ()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "walk.mp4"
    path.write_bytes(b"")
    return path


def test_copies_of_the_engines_names_are_equal() -> None:
    assert requests.SUFFIX == take_file.SUFFIX
    assert requests.JOURNAL_SUFFIX == JOURNAL_SUFFIX


CASES = [
    # untouched settings leave lens, people and range to the engine
    (Choices(), {"fov": None, "focal": None, "people": None, "start": None, "end": None, "hands": True}),
    (Choices(lens="FOV", fov=math.radians(70)), {"fov": 70.0, "focal": None}),
    (Choices(lens="FOCAL", focal=1234.5), {"fov": None, "focal": 1234.5}),
    (Choices(people=2, quality="BODY"), {"people": 2, "hands": False, "step": 1}),
    (Choices(quality="DRAFT"), {"hands": False, "step": 2}),
    (Choices(lens="FULL_50"), {"fov": 39.5978, "focal": None}),
    # who was clicked is who is captured
    (Choices(people=2, picks=PICKED), {"people": None, "picks": (Pick(1.25, 10, 20, 110.13, 220),)}),
    (Choices(start=1.5, end=2.5, height=1.82), {"start": 1.5, "end": 2.5, "height": 1.82}),
]


@pytest.mark.parametrize("choices, expected", CASES)
def test_request_is_what_the_engine_reads(video: Path, choices: Choices, expected: dict) -> None:
    request = requests.capture_request(video, video.with_name("walk.take.npz"), choices, "cpu")
    settings = CaptureSettings.from_json(request)
    assert settings.source == video
    assert {key: getattr(settings, key) for key in expected} == expected


def test_every_choice_reaches_the_request(video: Path) -> None:
    """A field that nobody reads would be a dead option in the panel."""
    base = Choices()
    changes = {"start": 1.0, "end": 5.0, "height": 1.5, "people": 3, "quality": "DRAFT", "picks": PICKED}
    changes |= {"lens": "WEBCAM"}
    plain = requests.capture_request(video, video, base, "auto")
    for name, value in changes.items():
        assert requests.capture_request(video, video, replace(base, **{name: value}), "auto") != plain, name


def test_the_precision_reaches_the_request(video: Path) -> None:
    request = requests.capture_request(video, video.with_name("walk.take.npz"), Choices(), "cpu", precision="half")
    assert CaptureSettings.from_json(request).precision == "half"


def test_a_known_actor_says_how_tall_they_are(video: Path, tmp_path: Path) -> None:
    profile = tmp_path / "anna.actor.json"
    request = requests.capture_request(video, video.with_name("walk.take.npz"), Choices(height=1.9), "cpu", profile)
    settings = CaptureSettings.from_json(request)
    assert settings.actor == {"1": profile} and settings.height is None


def test_every_quality_is_a_request() -> None:
    for quality, fields in requests.QUALITIES.items():
        request = requests.capture_request(Path("a.mp4"), Path("a.take.npz"), Choices(quality=quality), "cpu")
        assert request.items() >= fields.items()
        CaptureSettings.from_json(request)


def test_devices_of_the_preferences_are_the_engines(root: Path) -> None:
    text = (root / "addon" / "preferences.py").read_text(encoding="utf-8")
    assert all(f'("{device}", ' in text for device in DEVICES)


class TestTakePath:
    def test_beside_the_video(self, video: Path) -> None:
        assert requests.take_path(video, None) == video.with_name("walk.take.npz")

    def test_never_over_a_take(self, video: Path) -> None:
        video.with_name("walk.take.npz").write_bytes(b"")
        video.with_name("walk-2.take.npz").write_bytes(b"")
        assert requests.take_path(video, None).name == "walk-3.take.npz"

    def test_an_unfinished_capture_is_found_again(self, video: Path) -> None:
        video.with_name("walk.take.npz.journal").mkdir()
        assert requests.take_path(video, None).name == "walk.take.npz"

    def test_chosen_folder_and_image_folder(self, tmp_path: Path) -> None:
        images, takes = tmp_path / "shot.v01", tmp_path / "takes"
        images.mkdir()
        takes.mkdir()
        assert requests.take_path(images, takes) == takes / "shot.v01.take.npz"

    def test_never_where_another_capture_is_going_to_write(self, video: Path) -> None:
        taken = {video.with_name("walk.take.npz"), video.with_name("walk-2.take.npz")}
        assert requests.take_path(video, None, taken).name == "walk-3.take.npz"

    def test_missing_video(self, tmp_path: Path) -> None:
        with pytest.raises(BadInputError, match=r"gone\.mp4"):
            requests.take_path(tmp_path / "gone.mp4", None)

    def test_missing_folder(self, video: Path, tmp_path: Path) -> None:
        with pytest.raises(CannotWriteError, match="nowhere"):
            requests.take_path(video, tmp_path / "nowhere")

    def test_read_only_folder(self, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
        with pytest.raises(CannotWriteError, match="read-only"):
            requests.take_path(video, None)


class TestVideosIn:
    def test_a_folder_of_videos_in_peoples_order(self, tmp_path: Path) -> None:
        for name in ("take10.mp4", "take2.MOV", "notes.txt", ".take1.mp4"):
            (tmp_path / name).write_bytes(b"")
        assert [path.name for path in requests.videos_in([tmp_path])] == ["take2.MOV", "take10.mp4"]

    def test_a_folder_of_pictures_is_one_footage(self, tmp_path: Path) -> None:
        (tmp_path / "1.png").write_bytes(b"")
        assert requests.videos_in([tmp_path, tmp_path / "a.mp4"]) == [tmp_path, tmp_path / "a.mp4"]


def test_recordings_are_named_by_their_time(tmp_path: Path) -> None:
    moment = time.strptime("2026-03-04 05:06:07", "%Y-%m-%d %H:%M:%S")
    path = requests.recording_path(tmp_path, moment)
    assert path.name == "recording 2026-03-04 05.06.07.mp4"
    path.write_bytes(b"")
    assert requests.recording_path(tmp_path, moment).name == "recording 2026-03-04 05.06.07-2.mp4"


class TestForgetJournal:
    def test_removes_a_journal(self, tmp_path: Path) -> None:
        journal = tmp_path / "a.take.npz.journal"
        journal.mkdir()
        (journal / "meta.json").write_text("{}")
        requests.forget_journal(tmp_path / "a.take.npz")
        assert not journal.exists()

    def test_leaves_anything_else(self, tmp_path: Path) -> None:
        folder = tmp_path / "a.take.npz.journal"
        folder.mkdir()
        (folder / "holiday.jpg").write_text("")
        requests.forget_journal(tmp_path / "a.take.npz")
        assert folder.exists()


@pytest.mark.parametrize("seconds, text", [(0, "0:00.0"), (75.24, "1:15.2"), (59.96, "1:00.0"), (-1, "0:00.0")])
def test_moment(seconds: float, text: str) -> None:
    assert requests.moment_text(seconds) == text


@pytest.mark.parametrize("seconds, text", [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3671, "1:01:11"), (-2, "0:00")])
def test_duration(seconds: float, text: str) -> None:
    assert requests.duration_text(seconds) == text
