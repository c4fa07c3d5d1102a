"""What each network takes and gives: the part of its contract that the file itself does not state.

Source: the model cards of BlazePose GHUM 3D and MediaPipe Hands, and the published graph configurations.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OutputSpec:
    """One output: ``index`` among the file's outputs, ``shape`` per image, and whether it is computed by default.

    ``refined_by``: name of the heat-map output that its x and y are drawn to, see ``heatmap.refine_landmarks``.
    """

    name: str
    index: int
    shape: tuple[int, ...]
    meaning: str
    default: bool = True
    refined_by: str | None = None


@dataclass(frozen=True)
class NetworkSpec:
    """Input side in pixels, the values that black and white map to, and the outputs."""

    name: str
    size: int
    low: float
    high: float
    outputs: tuple[OutputSpec, ...]

    def output(self, name: str) -> OutputSpec:
        """The output called ``name``; ``KeyError`` naming the known ones where there is none."""
        for output in self.outputs:
            if output.name == name:
                return output
        known = ", ".join(output.name for output in self.outputs)
        raise KeyError(f"network {self.name} has no output {name!r}; known: {known}")

    @property
    def default_outputs(self) -> tuple[str, ...]:
        return tuple(output.name for output in self.outputs if output.default)


NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        NetworkSpec("pose_detection", 224, -1.0, 1.0, (
            OutputSpec("boxes", 0, (2254, 12), "per anchor: box and four points, offsets in input pixels"),
            OutputSpec("scores", 1, (2254, 1), "logits"),
        )),
        NetworkSpec("pose_landmark_full", 256, 0.0, 1.0, (
            OutputSpec(
                "landmarks", 0, (39, 5), "x, y, z in input pixels; logits of visibility and presence",
                refined_by="heatmap",
            ),
            OutputSpec("presence", 1, (1,), "probability that a person is in the crop"),
            OutputSpec("raw_landmarks", 0, (39, 5), "landmarks before the heat-map draws x and y", default=False),
            OutputSpec("heatmap", 3, (64, 64, 39), "logits, one map per landmark", default=False),
            OutputSpec("world_landmarks", 4, (39, 3), "metres, crop axes (x right, y down, z away), hip-centred"),
        )),
        NetworkSpec("palm_detection_full", 192, 0.0, 1.0, (
            OutputSpec("boxes", 0, (2016, 18), "per anchor: box and seven points, offsets in input pixels"),
            OutputSpec("scores", 1, (2016, 1), "logits"),
        )),
        NetworkSpec("hand_landmark_full", 224, 0.0, 1.0, (
            OutputSpec("landmarks", 0, (21, 3), "x, y, z in input pixels; z relative to the wrist"),
            OutputSpec("presence", 1, (1,), "probability that a hand is in the crop"),
            OutputSpec("handedness", 2, (1,), "probability of a right hand, the image not being mirrored"),
            OutputSpec("world_landmarks", 3, (21, 3), "metres, crop axes, origin near the index and middle knuckles"),
        )),
        NetworkSpec("face_landmark", 192, 0.0, 1.0, (
            OutputSpec("landmarks", 0, (468, 3), "x, y, z in input pixels"),
            OutputSpec("presence", 1, (1,), "logit of a face in the crop"),
        )),
    )
}  # fmt: skip
