"""The stages of a capture, the methods that implement them, and the named pipelines that combine them."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import BadInputError
from .weights import registry, store


@dataclass(frozen=True)
class Method:
    """One implementation of a stage; ``networks`` are names of ``core.weights.registry``."""

    stage: str
    name: str
    description: str
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """A named combination, one method per stage; what ``--method`` chooses."""

    name: str
    description: str
    methods: tuple[Method, ...]

    def networks(self, hands: bool) -> tuple[str, ...]:
        """Network files that a capture needs, in stage order; without hands, those of the hands stage stay unused."""
        return tuple(
            name for method in self.methods if hands or method.stage != "hands" for name in method.networks
        )

    @property
    def licences(self) -> tuple[str, ...]:
        """Licences of its networks, each once, sorted."""
        return tuple(sorted({registry.find_model(name).licence for name in self.networks(hands=True)}))

    def missing(self) -> tuple[str, ...]:
        """Those of its networks whose files are not on this machine."""
        return tuple(name for name in self.networks(hands=True) if not store.info(name).present)


METHODS: tuple[Method, ...] = (
    Method("detect", "blazepose", "BlazePose person detector over overlapping tiles", ("pose_detection",)),
    Method("pose2d", "blazepose", "BlazePose body landmarks, two passes", ("pose_landmark_full",)),
    Method("hands", "blazehand", "hand landmarks, crops from the arms", ("palm_detection_full", "hand_landmark_full")),
    Method("solve", "ik", "closed-form SMPL-H kinematics with constant bones"),
)
PIPELINES: tuple[Pipeline, ...] = (Pipeline("default", "BlazePose and hand landmarks, SMPL-H solve", METHODS),)


def find_pipeline(name: str) -> Pipeline:
    """The pipeline called ``name``. Raises BadInputError naming the known ones."""
    for pipeline in PIPELINES:
        if pipeline.name == name:
            return pipeline
    known = ", ".join(pipeline.name for pipeline in PIPELINES)
    raise BadInputError(f"Unknown --method '{name}'.", f"Known: {known}.")
