"""What a user may ask of a capture or of a new solve, checked before anything heavy starts."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checks import (
    FPS_RANGE,
    STEP_RANGE,
    Height,
    Profile,
    check_actor,
    check_device,
    check_height,
    check_lens,
    check_output,
    check_precision,
    within,
)  # fmt: skip
from .errors import BadInputError
from .methods import find_pipeline
from .picks import Pick, check_picks, picks_from_json
from .take_file import SUFFIX

DEFAULT_FOV = 55.0  # degrees along the longer image side: a phone's main camera held upright is close to it


@dataclass(frozen=True)
class CaptureSettings:
    """One capture of one camera.

    ``source``: a video file or a folder of images, None where ``keypoints`` stand alone; ``output``: the ``.take.npz``
    to write. ``people``: how many to keep, None for all. ``height``: metres, for all or per id. ``actor``: a saved
    profile, for all or per id, whose body is then kept. ``body``: the user's own SMPL-H file to solve on in
    place of the free body. ``fov``: degrees along the longer image side, or ``focal``: upright full-size pixels; at
    most one. ``start`` and ``end``: seconds into the video. ``fps``: rate of an image
    folder, or of keypoints without footage. ``keypoints``: a folder or file of 2D joints that another program found, in
    ``keypoints_format`` (told from the files where None), and ``size`` (w, h) of the pictures they were found in, where
    there is no ``source``. ``picks``: keep these people only. ``step``: measure every step-th frame. ``precision`` of
    the networks on ``device``. Raises BadInputError naming the option that makes no sense.
    """

    source: Path | None
    output: Path
    people: int | None = None
    hands: bool = True
    height: Height | None = None
    actor: Profile | None = None
    body: Path | None = None
    fov: float | None = None
    focal: float | None = None
    start: float | None = None
    end: float | None = None
    fps: float | None = None
    device: str = "auto"
    method: str = "default"
    keypoints: Path | None = None
    keypoints_format: str | None = None
    size: tuple[int, int] | None = None
    picks: tuple[Pick, ...] = ()
    step: int = 1
    precision: str = "full"

    def __post_init__(self) -> None:
        check_output(self.output)
        if self.people is not None and self.people < 1:
            raise BadInputError(f"--people {self.people} keeps nobody.", "Give 1 or more, or 'all'.")
        check_height(self.height)
        check_actor(self.actor, self.height)
        check_lens(self.fov, self.focal)
        within("--start", self.start, 0.0, math.inf, "seconds into the video")
        within("--end", self.end, 0.0, math.inf, "seconds into the video")
        if self.end is not None and self.end <= (self.start or 0.0):
            raise BadInputError(f"--end {self.end:g} is not after --start {self.start or 0:g}.", "Give a later end.")
        within("--fps", self.fps, *FPS_RANGE, "frames per second")
        within("--step", self.step, *STEP_RANGE, "frames")
        check_picks(self.picks, self.start, self.end)
        if self.picks and (self.people is not None or self.keypoints is not None):
            other = "--people" if self.people is not None else "--keypoints"
            raise BadInputError(f"--pick and {other} exclude each other.", "Give one of them.")
        check_device(self.device)
        check_precision(self.precision)
        find_pipeline(self.method)
        self._check_keypoints()

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values, paths as text."""

        def plain(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: plain(item) for key, item in value.items()}
            return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value

        return {key: plain(value) for key, value in vars(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CaptureSettings:
        """From JSON values. Raises BadInputError for an unknown, missing or mistyped field."""
        size = values.get("size")
        read = {"size": tuple(size)} if isinstance(size, list) else {}
        if "picks" in values:
            read["picks"] = picks_from_json(values["picks"])
        return read_settings(cls, values | read)

    def _check_keypoints(self) -> None:
        if self.keypoints is None:
            if self.source is None:
                raise BadInputError("There is no source to capture.", "Give a video, or --keypoints DIR --size WxH.")
            for name, value in (("--keypoints-format", self.keypoints_format), ("--size", self.size)):
                if value is not None:
                    raise BadInputError(f"{name} is of --keypoints, which is not given.", "Give --keypoints DIR.")
            return
        if self.source is None and self.size is None:
            raise BadInputError("--keypoints without a video needs --size WxH.", "Give the pictures' size in pixels.")
        if self.source is not None and self.size is not None:
            raise BadInputError("The size of a video is its own.", "Leave out --size.")
        if self.size is not None and not (len(self.size) == 2 and min(self.size) > 0):
            raise BadInputError(f"--size {self.size} is not a picture's.", "Give it as in 1920x1080.")


@dataclass(frozen=True)
class ResolveSettings:
    """Solve a take again from the keypoints it keeps, without the video; fields as in ``CaptureSettings``.

    None keeps what the take was captured with; the ``body`` "free" goes back to the free one.
    """

    take: Path
    output: Path
    height: Height | None = None
    actor: Profile | None = None
    body: Path | None = None
    fov: float | None = None
    focal: float | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        check_output(self.output)
        check_height(self.height)
        check_actor(self.actor, self.height)
        check_lens(self.fov, self.focal)
        check_device(self.device)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ResolveSettings:
        """From JSON values. Raises BadInputError for an unknown, missing or mistyped field."""
        return read_settings(cls, values)


@dataclass(frozen=True)
class CorrectSettings:
    """Solve frames ``begin`` … ``end`` (both included) of one ``person`` of a take again with what a user says of them.

    ``output``: the ``.npz`` to write. ``corrections``, each a list, all optional: ``pinned`` {frame, joint, position m
    in the world}; ``posed`` {frame, joint, rotation: axis-angle to its parent}; ``points`` {frame, keypoint, pixel};
    ``contacts`` {point, begin, end, stands}; ``flipped`` {side, begin, end}; ``locked`` names of joints. ``motion``: an
    ``.npz`` with betas and the SMPL-H arrays of all frames, where that is no longer the take's.
    """

    take: Path
    output: Path
    person: str
    begin: int
    end: int
    corrections: dict[str, Any] = dataclasses.field(default_factory=dict)
    motion: Path | None = None

    def __post_init__(self) -> None:
        if self.output.suffix != ".npz" or self.output.name.endswith(SUFFIX):
            raise BadInputError(f"The output {self.output} is not named like an .npz.", "Name it like fixed.npz.")
        for key, value in self.corrections.items():
            if not isinstance(value, list) or not all(isinstance(item, (dict, str)) for item in value):
                raise BadInputError(f"The correction '{key}' is {value!r}, not a list.", "Give a list.")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CorrectSettings:
        """From JSON values. Raises BadInputError for an unknown, missing or mistyped field."""
        return read_settings(cls, values)


_NUMBER = (int, float)
_KINDS: dict[str, tuple[type, ...]] = {
    "source": (str, Path, type(None)),
    "take": (str, Path),
    "output": (str, Path),
    "people": (int, type(None)),
    "hands": (bool,),
    "height": (*_NUMBER, dict, type(None)),
    "actor": (str, Path, dict, type(None)),
    "body": (str, Path, type(None)),
    "fov": (*_NUMBER, type(None)),
    "focal": (*_NUMBER, type(None)),
    "start": (*_NUMBER, type(None)),
    "end": (*_NUMBER, type(None)),
    "fps": (*_NUMBER, type(None)),
    "device": (str,),
    "precision": (str,),
    "method": (str,),
    "keypoints": (str, Path, type(None)),
    "keypoints_format": (str, type(None)),
    "size": (tuple, type(None)),
    "picks": (tuple,),
    "step": (int,),
    "person": (str,),
    "begin": (int,),
    "corrections": (dict,),
    "motion": (str, Path, type(None)),
}


def read_settings(cls: type, values: dict[str, Any], kinds: dict[str, tuple[type, ...]] = _KINDS) -> Any:
    """``cls`` from JSON values. Raises BadInputError for an unknown, missing or mistyped field."""
    known = {field.name: field for field in dataclasses.fields(cls)}
    for key, value in values.items():
        if key not in known:
            raise BadInputError(f"Unknown setting '{key}'.", f"Known: {', '.join(known)}.")
        wrong = not isinstance(value, kinds[key]) or (isinstance(value, bool) and bool not in kinds[key])
        if isinstance(value, dict) and key == "height":
            wrong = not all(isinstance(number, _NUMBER) for number in value.values())
        if isinstance(value, dict) and key == "actor":
            wrong = not all(isinstance(path, (str, Path)) for path in value.values())
        if isinstance(value, tuple) and key == "size":
            wrong = not all(type(number) is int for number in value)
        if wrong:
            raise BadInputError(f"The setting '{key}' is {value!r}, which is not of its type.", "Correct it.")
    missing = [key for key, field in known.items() if field.default is dataclasses.MISSING and key not in values]
    if missing:
        raise BadInputError(f"The setting '{missing[0]}' is missing.", "Give it.")
    named = ("source", "take", "output", "keypoints", "motion", "body")
    paths: dict[str, Any] = {key: Path(values[key]) for key in named if values.get(key) is not None}
    if (actor := values.get("actor")) is not None:
        paths["actor"] = {k: Path(v) for k, v in actor.items()} if isinstance(actor, dict) else Path(actor)
    return cls(**(values | paths))
