"""The published protocols: which joints, aligned how, over which frames, printed in which unit.

With the data set's files and a method's take, ``understudy evaluate PRED GT --protocol NAME`` prints the figures of
the published table. What differs from it, such as joints that a take does not have, is said in the report's notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import BadInputError

Matching = Literal["clip", "picture"]

_STANDINS = ("mid_hip", "mid_shoulder", "thorax", "spine", "neck_nose", "head_top")


@dataclass(frozen=True)
class Protocol:
    """One protocol.

    ``readers``: names in ``datasets.registry.READERS``, for a file and for a folder where they differ; ``joint_set``
    of ``joint_sets.JOINT_SETS``; ``left_out`` joints of it; ``root`` joint names (the middle of several; one per hand
    for hands); ``derive``: joints that may stand in for those a take does not have. ``figures`` are names of
    ``figures.FIGURES``; ``options`` their settings; ``unit`` of lengths, mm or cm; ``every`` n-th frame counts;
    ``reader_options`` what the published figures read the data with. ``matching``: people matched for the clip, or in
    each picture as MuPoTS does.
    """

    name: str
    title: str
    readers: tuple[str, ...]
    joint_set: str
    root: tuple[str, ...]
    figures: tuple[str, ...]
    source: str
    unit: Literal["mm", "cm"] = "mm"
    left_out: tuple[str, ...] = ()
    derive: tuple[str, ...] = _STANDINS
    options: dict[str, Any] = field(default_factory=dict)
    reader_options: dict[str, Any] = field(default_factory=dict)
    every: int = 1
    matching: Matching = "clip"
    remark: str = ""


_H36M = ("h36m-npz", "h36m-json")
_WORLD = ("MPJPE", "PA-MPJPE (similarity)", "acceleration error", "W-MPJPE", "WA-MPJPE", "RTE", "jitter")

_ALL = (
    Protocol(
        "h36m-p1", "Human3.6M protocol 1 of Sun and Moon: S11, every 64th frame", _H36M, "H36M-17", ("pelvis",),
        ("PA-MPJPE (rigid)", "PA-MPJPE (similarity)", "MRPE"), "Sun et al. 2018; Moon et al. 2019", every=64,
        remark="PoseNet's own figure is rigid; tables of others are with scale",
    ),
    Protocol(
        "h36m-p2", "Human3.6M protocol 2 of Sun and Moon: S9 and S11, every 64th frame", _H36M, "H36M-17", ("pelvis",),
        ("MPJPE", "MRPE"), "Sun et al. 2018; Moon et al. 2019", every=64,
    ),
    Protocol(
        "h36m", "Human3.6M of Martinez and VideoPose3D: S9 and S11, every frame; their protocol 1 is MPJPE, 2 PA-MPJPE",
        _H36M, "H36M-17", ("pelvis",), ("MPJPE", "PA-MPJPE (similarity)", "N-MPJPE", "MPJVE"),
        "Martinez et al. 2017; Pavllo et al. 2019", options={"MPJVE": {"per": "frame"}},
    ),
    Protocol(
        "mupots", "MuPoTS-3D", ("mupots",), "MuPoTS-17", ("pelvis",),
        ("3DPCK_rel (all)", "3DPCK_rel (matched)", "AUC_rel (all)", "AUC_rel (matched)", "3DPCK_abs (all)",
         "3DPCK_abs (matched)", "AUC_abs (all)", "AUC_abs (matched)", "AP_root 25 cm"),
        "Mehta et al. 2018; Moon et al. 2019", reader_options={"universal": True}, matching="picture",
        remark="bones rescaled to the truth's; published tables are the mean of the 20 sequences' percentages",
    ),
    Protocol(
        "3dpw", "3DPW, the challenge's 24 SMPL joints", ("3dpw",), "SMPL-24", ("pelvis",),
        ("MPJPE", "PA-MPJPE (similarity)", "acceleration error", "MRPE"), "von Marcard et al. 2018",
        remark="tables over 14 joints regress them from the licensed SMPL mesh",
    ),
    Protocol(
        "emdb-1", "EMDB 1: poses in the camera", ("emdb",), "SMPL-24", ("pelvis",),
        ("MPJPE", "PA-MPJPE (similarity)", "acceleration error", "jitter"), "Kaufmann et al. 2023",
    ),
    Protocol(
        "emdb-2", "EMDB 2: motion through the world", ("emdb",), "SMPL-24", ("pelvis",), _WORLD,
        "Kaufmann et al. 2023; Shin et al. 2024",
    ),
    Protocol(
        "rich", "RICH: motion through the world", ("rich",), "SMPL-H-52", ("pelvis",), _WORLD, "Huang et al. 2022",
    ),
    Protocol(
        "interhand", "InterHand2.6M", ("interhand",), "InterHand-42", ("right_wrist", "left_wrist"),
        ("MPJPE (InterHand2.6M)", "MRRPE", "handedness accuracy"), "Moon et al. 2020", derive=(),
    ),
    Protocol(
        "rhd", "RHD", ("rhd",), "RHD-42", ("left_wrist", "right_wrist"), ("EPE", "PCK-AUC"),
        "Zimmermann and Brox 2017", derive=(), options={"PCK-AUC": {"low": 0.02, "high": 0.05}},
    ),
    Protocol(
        "stb", "STB", ("stb",), "STB-21", ("left_palm",), ("EPE", "PCK-AUC"), "Zhang et al. 2017", derive=(),
        options={"PCK-AUC": {"low": 0.02, "high": 0.05}},
        remark="the palm of a take is the middle of wrist and middle knuckle",
    ),
    Protocol(
        "freihand", "FreiHAND", ("freihand",), "FreiHAND-21", ("right_wrist",),
        ("PA-MPJPE (similarity)", "PCK-AUC"), "Zimmermann et al. 2019", unit="cm", derive=(),
        options={"PCK-AUC": {"low": 0.0, "high": 0.05, "align": "similarity"}},
        remark="F-scores need meshes of MANO's topology (core.evaluate.hands.f_score)",
    ),
    Protocol(
        "dexter-object", "Dexter+Object, finger tips where the camera sees them", ("dexter-object",), "Dexter-5", (),
        ("EPE", "PCK-AUC"), "Sridhar et al. 2016", derive=(), options={"PCK-AUC": {"low": 0.0, "high": 0.1}},
        remark="papers differ in the range of the AUC; this is 0–100 mm",
    ),
    Protocol(
        "campus", "Campus", ("campus",), "Shelf-14", (), ("PCP",), "Belagiannis et al. 2014",
        reader_options={"test_frames": True}, remark="published tables are the mean of the actors' percentages",
    ),
    Protocol(
        "shelf", "Shelf", ("shelf",), "Shelf-14", (), ("PCP",), "Belagiannis et al. 2014",
        reader_options={"test_frames": True}, remark="published tables are the mean of the first three actors",
    ),
    Protocol(
        "panoptic", "CMU Panoptic", ("panoptic",), "Panoptic-19", ("mid_hip",),
        ("MPJPE", "PA-MPJPE (similarity)", "MRPE"), "Joo et al. 2017; Zanfir et al. 2018",
    ),
)  # fmt: skip
PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}


def protocol_named(name: str) -> Protocol:
    """The protocol, or, for a reader that has none, every general figure over the joints both sides have.

    Raises BadInputError naming those there are.
    """
    from .datasets.registry import READERS

    if name in PROTOCOLS:
        return PROTOCOLS[name]
    if name in READERS and READERS[name].joint_set not in ("MPII-16", "COCO-17") and name != "openpose":
        return Protocol(
            name, READERS[name].wants, (name,), "", (), ("MPJPE", "N-MPJPE", "PA-MPJPE (rigid)",
            "PA-MPJPE (similarity)", "MPJVE", "MRPE", "W-MPJPE", "WA-MPJPE", "RTE", "acceleration error", "jitter"),
            "here", derive=(),
        )  # fmt: skip
    known = [*PROTOCOLS, *(n for n in READERS if n not in PROTOCOLS and n not in ("mpii", "coco", "openpose"))]
    raise BadInputError(f"There is no protocol {name!r}.", f"Known: {', '.join(dict.fromkeys(known))}.")
