"""The stages of a capture, the methods that implement them, and the named pipelines that combine them."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import BadInputError
from .lift.weights import card_of, weights_file
from .weights import registry, store


@dataclass(frozen=True)
class Method:
    """One implementation of a stage.

    ``networks`` are names of ``core.weights.registry``; ``weights`` is the name of a published lifter's weights, those
    that ship or the user's own in their place (``core.lift.weights``), "" where it needs none.
    """

    stage: str
    name: str
    description: str
    networks: tuple[str, ...] = ()
    weights: str = ""


@dataclass(frozen=True)
class Pipeline:
    """A named combination, one method per stage; what ``--method`` chooses."""

    name: str
    description: str
    methods: tuple[Method, ...]

    def networks(self, hands: bool, keypoints: bool = False) -> tuple[str, ...]:
        """Network files that a capture needs, in stage order; without hands, those of the hands stage stay unused, and
        with ``keypoints`` from elsewhere all that look at pictures."""
        unused = {"detect", "pose2d", "hands"} if keypoints else set() if hands else {"hands"}
        return tuple(name for method in self.methods if method.stage not in unused for name in method.networks)

    @property
    def weights(self) -> str:
        """The weights of its published lifter; "" where its lifter, if any, is the default one."""
        return next((method.weights for method in self.methods if method.weights), "")

    @property
    def uses_default_lifter(self) -> bool:
        """Whether what our own lifter makes of the 2D is evidence for the solve."""
        return any(method.stage == "lift" and method.name == "default" for method in self.methods)

    @property
    def licences(self) -> tuple[str, ...]:
        """Licences of its networks that are on this machine or can be pulled, each once, sorted."""
        found = {registry.find_model(name).licence for name in self.networks(hands=True)}
        if self.weights and weights_file(self.weights) is not None:
            found.add(card_of(self.weights).licence)
        return tuple(sorted(found))

    def missing(self) -> tuple[str, ...]:
        """Those of its networks and weights that are not on this machine."""
        lacking = [name for name in self.networks(hands=True) if not store.info(name).present]
        return (*lacking, *([self.weights] if self.weights and weights_file(self.weights) is None else []))


METHODS: tuple[Method, ...] = (
    Method("detect", "blazepose", "BlazePose person detector over overlapping tiles", ("pose_detection",)),
    Method("pose2d", "blazepose", "BlazePose body landmarks, two passes", ("pose_landmark_full",)),
    Method("hands", "blazehand", "hand landmarks, crops from the arms", ("palm_detection_full", "hand_landmark_full")),
    Method("solve", "ik", "closed-form SMPL-H kinematics with constant bones"),
    Method("lift", "default", "temporal lifter trained here, SMPL-H joints with the error to expect of each"),
    Method("lift", "videopose3d", "temporal convolutions over 2D joints (Pavllo et al. 2019)", weights="videopose3d"),
    Method("lift", "martinez", "single frames, fully connected (Martinez et al. 2017)", weights="martinez"),
    Method("lift", "gan", "depths learnt from 2D alone (Kudo et al. 2018)", weights="gan"),
)


def _combined(name: str, description: str, *methods: str) -> Pipeline:
    """A pipeline of methods given as stage/name."""
    by_name = {f"{method.stage}/{method.name}": method for method in METHODS}
    return Pipeline(name, description, tuple(by_name[key] for key in methods))


_PERCEPTION = ("detect/blazepose", "pose2d/blazepose", "hands/blazehand")
PIPELINES: tuple[Pipeline, ...] = (
    _combined("default", "BlazePose and hand landmarks, our lifter, SMPL-H solve", *_PERCEPTION, "lift/default",
              "solve/ik"),
    _combined("blazepose", "the default without our lifter", *_PERCEPTION, "solve/ik"),
    *(
        _combined(name, f"2D from BlazePose or --keypoints, {text}, SMPL-H solve", *_PERCEPTION, f"lift/{name}",
                  "solve/ik")
        for name, text in (("videopose3d", "VideoPose3D"), ("martinez", "Martinez et al.'s lifter"),
                           ("gan", "Kudo et al.'s lifter"))
    ),
)  # fmt: skip


def find_pipeline(name: str) -> Pipeline:
    """The pipeline called ``name``. Raises BadInputError naming the known ones."""
    for pipeline in PIPELINES:
        if pipeline.name == name:
            return pipeline
    known = ", ".join(pipeline.name for pipeline in PIPELINES)
    raise BadInputError(f"Unknown --method '{name}'.", f"Known: {known}.")
