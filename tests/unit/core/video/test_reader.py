"""Videos are made here with PyAV, so that every property of the container is known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.video.focal import QUICKTIME_KEY, focal_px_from_metadata
from understudy.core.video.reader import FrameChunk, chunk_frames_for, probe, read_chunks
from understudy.core.video.source import CHUNK_BYTES

SIZE = (96, 64)
TIME_BASE = Fraction(1, 90000)


def level(i: int) -> int:
    return 40 + 9 * (i % 20)


def picture(i: int) -> np.ndarray:
    """Grey that tells the frame, with a red upper left and a blue upper right corner that tell the orientation."""
    image = np.full((SIZE[1], SIZE[0], 3), level(i), np.uint8)
    image[:20, :30], image[:20, -30:] = (220, 30, 30), (30, 30, 220)
    return image


def write_video(
    path: Path, pts: list[int], *, codec: str = "libx264", pixels: str = "yuv420p", audio: bool = False,
    options: dict[str, str] | None = None,
) -> Path:  # fmt: skip
    with av.open(str(path), "w", options=options or {}) as out:
        video = out.add_stream(codec, rate=30)
        video.width, video.height, video.pix_fmt = *SIZE, pixels
        video.options = {"crf": "4", "g": "6", "x265-params": "log-level=none"}
        video.codec_context.time_base = TIME_BASE
        sound = out.add_stream("aac", rate=8000) if audio else None
        for i, time in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(i), format="rgb24")
            frame.pts, frame.time_base = time, TIME_BASE
            out.mux(video.encode(frame))
        out.mux(video.encode())
        if sound is not None:
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
            quiet.sample_rate, quiet.pts = 8000, 0
            out.mux(sound.encode(quiet))
            out.mux(sound.encode())
    return path


def rotate(path: Path, turns: int) -> None:
    """Write a display matrix of ``turns`` clockwise quarter turns into the track header of an MP4 file."""
    matrices = {
        0: (1, 0, 0, 1), 1: (0, 1, -1, 0), 2: (-1, 0, 0, -1), 3: (0, -1, 1, 0),
    }  # fmt: skip
    a, b, c, d = matrices[turns]
    data = path.read_bytes()
    old, new = (
        b"".join(
            int(v * scale).to_bytes(4, "big", signed=True)
            for v, scale in zip(m, [1 << 16, 1 << 16, 1 << 30] * 3, strict=True)
        )
        for m in ((1, 0, 0, 0, 1, 0, 0, 0, 1), (a, b, 0, c, d, 0, 0, 0, 1))
    )
    at = data.index(old, data.index(b"tkhd"))
    path.write_bytes(data[:at] + new + data[at + len(old) :])


def read(path: Path, chunk_frames: int = 7, **options: object) -> tuple[list[FrameChunk], list[str]]:
    warnings: list[str] = []
    chunks = list(read_chunks(path, chunk_frames=chunk_frames, warn=warnings.append, **options))  # type: ignore[arg-type]
    return chunks, warnings


def times(chunks: list[FrameChunk]) -> np.ndarray:
    return np.concatenate([c.timestamps for c in chunks])


def levels(chunks: list[FrameChunk]) -> list[int]:
    return [int(image[40, 48].mean()) for c in chunks for image in c.images]


STEADY = [3000 * i for i in range(20)]
UNEVEN = [0, 3000, 4100, 9000, 9500, 20000, 21000, 30000, 30500, 45000]


@pytest.mark.parametrize("pts", [STEADY, UNEVEN], ids=["constant", "variable"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_times_are_the_containers(tmp_path: Path, pts: list[int], suffix: str) -> None:
    path = write_video(tmp_path / f"clip{suffix}", pts)
    chunks, warnings = read(path)
    assert [c.index for c in chunks] == list(range(len(chunks)))
    assert all(len(c.images) == 7 for c in chunks[:-1])
    np.testing.assert_allclose(times(chunks), np.array(pts) / 90000, atol=1e-9)
    assert warnings == []
    np.testing.assert_allclose(levels(chunks), [level(i) for i in range(len(pts))], atol=4)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_rotation_makes_upright_pixels(tmp_path: Path, turns: int) -> None:
    path = write_video(tmp_path / "clip.mp4", STEADY[:3])
    rotate(path, turns)
    info = probe(path)
    # np.rot90 with a negative count turns clockwise.
    expected = np.rot90(picture(0), -turns)
    assert (info.height, info.width) == expected.shape[:2]
    assert info.rotation == (-90 * turns) % 360
    image = read(path)[0][0].images[0]
    assert image.shape == expected.shape and image.flags.c_contiguous
    assert np.abs(image.astype(int) - expected).mean() < 6


@pytest.mark.parametrize(
    ("codec", "pixels"),
    [
        ("libx264", "yuv420p"),  # the usual
        ("libx264", "yuvj420p"),  # full range
        ("libx264", "yuv444p"),
        ("libx265", "yuv420p10le"),  # phones
        ("prores_ks", "yuv422p10le"),  # cameras
    ],
)
def test_bit_depth_and_range(tmp_path: Path, codec: str, pixels: str) -> None:
    path = write_video(tmp_path / "clip.mov", STEADY[:4], codec=codec, pixels=pixels)
    images = read(path)[0][0].images
    assert images[0].dtype == np.uint8
    # The flat middle, away from the corners' chroma: a wrong range would be off by 10 or more.
    for i, image in enumerate(images):
        assert np.abs(image[30:, 35:60].astype(int) - level(i)).max() <= 3
    np.testing.assert_allclose(images[0][5, 5], (220, 30, 30), atol=8)


def test_probe_says_what_is_there(tmp_path: Path) -> None:
    info = probe(write_video(tmp_path / "clip.mp4", STEADY, audio=True))
    assert (info.width, info.height, info.rotation, info.frame_count) == (*SIZE, 0, 20)
    assert info.fps_nominal == 30 and info.has_audio and info.focal_px is None
    assert info.duration == pytest.approx(20 / 30, abs=0.01)
    assert not probe(write_video(tmp_path / "mute.mp4", STEADY)).has_audio


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, range(20)),
        (0.2, None, range(6, 20)),  # on a frame: included
        (None, 0.2, range(6)),  # on a frame: not included
        (0.21, 0.4, range(7, 12)),
        (0.0, 100.0, range(20)),  # an end past the clip's is its end
    ],
)
def test_range_is_presentation_time_from_the_first_frame(
    tmp_path: Path, start: float | None, end: float | None, expected: range
) -> None:
    # The clip starts at 5 s, as cut ones do.
    path = write_video(tmp_path / "clip.mkv", [450000 + p for p in STEADY])
    chunks, _ = read(path, start=start, end=end)
    np.testing.assert_allclose(times(chunks), [5 + i / 30 for i in expected], atol=1e-3)
    np.testing.assert_allclose(levels(chunks), [level(i) for i in expected], atol=4)


def test_skipped_chunks_leave_the_rest_alone(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", UNEVEN)
    whole, rest = read(path, 3, start=0.03)[0], read(path, 3, start=0.03, skip_chunks=2)[0]
    assert [c.index for c in rest] == [2]
    for a, b in zip(whole[2:], rest, strict=True):
        np.testing.assert_array_equal(a.timestamps, b.timestamps)
        np.testing.assert_array_equal(a.images, b.images)
    assert read(path, 3, skip_chunks=9)[0] == []


def test_every_third_frame_is_cut_into_chunks_as_without_skipping(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", STEADY)
    chunks, _ = read(path, 3, step=3)
    assert [len(chunk.images) for chunk in chunks] == [3, 3, 1]
    np.testing.assert_array_equal(times(chunks), np.array(times(read(path, 20)[0]))[::3])
    ((rest,), _) = read(path, 3, step=3, skip_chunks=2)
    assert rest.index == 2
    np.testing.assert_array_equal(rest.images, chunks[2].images)


def test_truncated_video_yields_what_decodes(tmp_path: Path) -> None:
    # With the index in front, a cut file still opens, as an interrupted download does.
    path = write_video(tmp_path / "clip.mp4", [3000 * i for i in range(60)], options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: int(0.6 * len(data))])
    chunks, warnings = read(path)
    count = len(times(chunks))
    assert 5 < count < 60
    assert any("damaged or cut short" in w and "60" in w and "clip.mp4" in w for w in warnings)


def _text(path: Path) -> None:
    path.write_text("not a video")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _sound(path: Path) -> None:
    with av.open(str(path), "w") as out:
        sound = out.add_stream("aac", rate=8000)
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        quiet.sample_rate, quiet.pts = 8000, 0
        out.mux(sound.encode(quiet))
        out.mux(sound.encode())


def _headers(path: Path) -> None:
    write_video(path, STEADY, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 4])


@pytest.mark.parametrize("make", [lambda path: None, _text, _empty, _sound, _headers])
def test_bad_files_are_named(tmp_path: Path, make: object) -> None:
    path = tmp_path / "clip.mp4"
    make(path)  # type: ignore[operator]
    for attempt in (lambda: probe(path), lambda: read(path)):
        with pytest.raises(BadInputError) as caught:
            attempt()
        assert str(path) in str(caught.value) and "\n" not in str(caught.value) and caught.value.hint


@pytest.mark.parametrize(
    ("start", "end"), [(10.0, None), (-1.0, None), (0.4, 0.4), (0.5, 0.1), (float("nan"), None), (0.001, 0.002)]
)
def test_ranges_without_frames_are_refused(tmp_path: Path, start: float, end: float | None) -> None:
    path = write_video(tmp_path / "clip.mp4", STEADY)
    with pytest.raises(BadInputError, match=r"clip\.mp4"):
        read(path, start=start, end=end)


def test_leaving_early_stops_the_decoding_thread(tmp_path: Path) -> None:
    import threading

    path = write_video(tmp_path / "clip.mp4", [3000 * i for i in range(200)])
    chunks = read_chunks(path, chunk_frames=2, warn=lambda text: None)
    assert next(chunks).index == 0
    chunks.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name.startswith("understudy-decode")]


def test_image_folder(tmp_path: Path) -> None:
    for i in (0, 1, 2, 10, 11):
        cv2.imwrite(str(tmp_path / f"shot{i}.png"), picture(i)[..., ::-1])
    (tmp_path / "notes.txt").write_text("x")
    info = probe(tmp_path, fps=25)
    assert (info.width, info.height, info.frame_count, info.fps_nominal) == (*SIZE, 5, 25)
    chunks, warnings = read(tmp_path, 2, fps=25.0)
    assert warnings == []
    np.testing.assert_allclose(times(chunks), np.arange(5) / 25)
    assert levels(chunks) == [level(i) for i in (0, 1, 2, 10, 11)]
    np.testing.assert_array_equal(chunks[0].images[0], picture(0))
    assert "30" in read(tmp_path)[1][0]
    (tmp_path / "shot1.png").write_bytes(b"broken")
    with pytest.raises(BadInputError, match=r"shot1\.png"):
        read(tmp_path, fps=25.0)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no pictures"):
        probe(tmp_path)


def _exif(millimetres: int, order: str) -> bytes:
    """A TIFF with one directory that points to an EXIF directory with FocalLengthIn35mmFilm."""
    import struct

    mark = b"II" if order == "<" else b"MM"
    first = struct.pack(order + "HHHII", 1, 0x8769, 4, 1, 26) + struct.pack(order + "I", 0)
    second = struct.pack(order + "HHHIHH", 1, 0xA405, 3, 1, millimetres, 0)
    return mark + struct.pack(order + "HI", 42, 8) + first + second


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("millimetres", "expected"), [(36, 96.0), (26, 96 * 26 / 36), (0, None)])
def test_focal_length_of_pictures(tmp_path: Path, order: str, millimetres: int, expected: float | None) -> None:
    ok, jpeg = cv2.imencode(".jpg", picture(0))
    body = b"Exif\0\0" + _exif(millimetres, order)
    app1 = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    (tmp_path / "a.jpg").write_bytes(jpeg.tobytes()[:2] + app1 + jpeg.tobytes()[2:])
    assert ok and probe(tmp_path).focal_px == (pytest.approx(expected) if expected else None)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({QUICKTIME_KEY: "26"}, 1920 * 26 / 36),
        ({QUICKTIME_KEY.upper(): "26.0"}, 1920 * 26 / 36),
        ({QUICKTIME_KEY: "wide"}, None),
        ({}, None),
    ],
)
def test_focal_length_of_videos(metadata: dict[str, str], expected: float | None) -> None:
    assert focal_px_from_metadata(metadata, 1080, 1920) == expected


def test_chunks_stay_within_the_memory_budget() -> None:
    for width, height in ((640, 480), (1920, 1080), (3840, 2160)):
        assert chunk_frames_for(width, height) * 3 * width * height <= CHUNK_BYTES
    assert chunk_frames_for(320, 240) == 96


def test_chunk_checks_its_shapes() -> None:
    with pytest.raises(ValueError, match="1 images"):
        FrameChunk(0, np.zeros(2), [np.zeros((2, 2, 3), np.uint8)])


@pytest.mark.parametrize("clip", ["balance_4cam/cam01.mp4", "sign/book.mkv"])
def test_real_footage(shared_dir: Path, clip: str) -> None:
    path = shared_dir / "media" / clip
    if not path.exists():
        pytest.skip(f"{clip} is not there")
    chunks, warnings = read(path, 30)
    with av.open(str(path)) as container:
        expected = [float(f.pts * Fraction(f.time_base)) for f in container.decode(video=0)]
    np.testing.assert_allclose(times(chunks), expected, atol=1e-6)
    assert warnings == []
