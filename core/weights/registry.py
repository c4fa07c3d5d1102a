"""The facts about every default network file: the one place for names, versions, licences and hashes.

The files are the originals that Google publishes inside the Python wheel of MediaPipe, which is not
installed. Each hash is that of the file inside the wheel, so any platform's wheel serves.
"""

from __future__ import annotations

from dataclasses import dataclass

WHEEL_PROJECT = "mediapipe"
WHEEL_VERSION = "0.10.21"
# Platforms whose wheels carry the files, most common first: pip must be told one, because none may fit this machine.
WHEEL_PLATFORMS: tuple[str, ...] = ("manylinux_2_28_x86_64", "win_amd64", "macosx_11_0_universal2")
WHEEL_PYTHON = "3.11"


@dataclass(frozen=True)
class ModelInfo:
    """One network file: its place in the wheel and its licence. ``sha256`` and ``size`` are of the file itself."""

    name: str
    member: str
    sha256: str
    size: int
    description: str
    version: str = f"{WHEEL_PROJECT} {WHEEL_VERSION}"
    licence: str = "Apache-2.0"
    commercial: bool = True

    @property
    def filename(self) -> str:
        return f"{self.name}.tflite"


MODELS: tuple[ModelInfo, ...] = (
    ModelInfo(
        "pose_detection",
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        2959046,
        "BlazePose person detector, 224 px",
    ),
    ModelInfo(
        "pose_landmark_full",
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        6440512,
        "BlazePose body landmarks, 256 px",
    ),
    ModelInfo(
        "palm_detection_full",
        "mediapipe/modules/palm_detection/palm_detection_full.tflite",
        "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
        2339846,
        "BlazePalm detector, 192 px",
    ),
    ModelInfo(
        "hand_landmark_full",
        "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        5478917,
        "hand landmarks and handedness, 224 px",
    ),
    ModelInfo(
        "face_landmark",
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        1242398,
        "face mesh landmarks, 192 px",
    ),
)
MODEL_NAMES: tuple[str, ...] = tuple(model.name for model in MODELS)


def find_model(name: str) -> ModelInfo:
    """The registry entry called ``name``; ``KeyError`` naming the known ones where there is none."""
    for model in MODELS:
        if model.name == name:
            return model
    raise KeyError(f"unknown model {name!r}; known: {', '.join(model.name for model in MODELS)}")
