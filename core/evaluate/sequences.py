"""A take against a data set's truth by a protocol: joints brought to one set, frames and people matched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..take import Take
from . import pose
from .alignment import centred
from .annotation import Annotation
from .figures import Matched, figure_named
from .identity import NOBODY, match_in_image, match_people
from .joint_sets import JOINT_SETS
from .masks import count, known, mean_along
from .pairs import MATCH_LIMIT, people_apart
from .protocols import Protocol
from .recording import Recording, matched_frames, recording_of_annotation, recording_of_take
from .report import PersonReport, Report, Value, Values

Array = NDArray[Any]

# The 2nd to the 14th joint of MuPoTS-17 decide who is who.
_MUPOTS_DECIDE = slice(1, 14)


def evaluate_sequence(
    predicted: Take | Annotation,
    truth: Annotation,
    protocol: Protocol,
    name: str = "prediction",
    gaps: bool = False,
    tolerance: float | None = None,
) -> Report:
    """The protocol's figures for one recording.

    ``predicted`` is a take, or what a motion file says. Joints that one side does not have are left out of every
    figure and listed; joints and people that were not found count as the figure says (wrong in "all" modes and PCP).
    Raises BadInputError where no frame or no joint is common.
    """
    joint_set = protocol.joint_set or _shared_names(predicted, truth)
    if not protocol.joint_set:
        roots = (("pelvis",), ("left_hip", "right_hip"))
        protocol = replace(protocol, root=next((r for r in roots if set(r) <= set(joint_set)), ()))
    true = recording_of_annotation(truth, joint_set)
    if isinstance(predicted, Take):
        derive = tuple(n for n in protocol.derive if n in true.joint_names and n not in true.lacking)
        own = recording_of_take(_with_palms(predicted, joint_set), joint_set, name, derive, gaps)
    else:
        own = recording_of_annotation(predicted, joint_set, protocol.derive)
        derive = tuple(n for n in protocol.derive if n in own.joint_names and n not in predicted.joint_names)
    found = matched_frames(own.timestamps, true.timestamps, tolerance)
    if protocol.every > 1:
        numbers = np.asarray(truth.extra.get("frame_indices", np.arange(len(true.timestamps))))[found.truth]
        chosen = numbers % protocol.every == 0
        found = found._replace(predicted=found.predicted[chosen], truth=found.truth[chosen])
        if not chosen.any():
            raise BadInputError(f"No matched frame is an {protocol.every}th.", "Capture the whole clip.")
    own, true = own.at(found.predicted), true.at(found.truth)
    matched, partner = _matched(own, true, protocol)
    overall: Values = {}
    for figure in protocol.figures:
        overall |= figure_named(figure)(matched, **protocol.options.get(figure, {}))
    people = tuple(_person(matched, p, true, own, partner) for p in range(len(true.people)) if _found(matched, p))
    listed = {p.truth for p in people}
    taken = {p.predicted for p in people}
    lacking = tuple(n for n in true.joint_names if n in own.lacking and n not in true.lacking)
    derived = tuple(n for n in derive if n not in own.lacking)
    return Report(
        predicted=name,
        truth=truth.name,
        protocol=protocol.name,
        frames=(len(found.truth), found.predicted_only, found.truth_only),
        joint_names=tuple(n for n in true.joint_names if n not in own.lacking and n not in true.lacking),
        lacking=lacking,
        people=people,
        missing_people=tuple(n for n in true.people if n not in listed),
        extra_people=tuple(n for n in own.people if n not in taken) if protocol.matching == "clip" else (),
        overall={k: _in_unit(v, protocol.unit) for k, v in overall.items()},
        notes=_notes(protocol, matched, derived, lacking),
    )


def _matched(own: Recording, true: Recording, protocol: Protocol) -> tuple[Matched, Array]:
    """People matched, joints that do not count taken out; and the partner of each true person, −1 for nobody (for
    matching per picture, the one it has most often)."""
    has_camera = own.camera is not None and true.camera is not None
    a, b = (own.camera, true.camera) if has_camera else (own.world, true.world)
    assert a is not None and b is not None
    names = true.joint_names
    out = [i for i, n in enumerate(names) if n in own.lacking or n in true.lacking or n in protocol.left_out]
    if len(out) == len(names):
        raise BadInputError(f"{own.name} has none of the joints {', '.join(names[:6])}….", "Choose another protocol.")
    a, b, aw, bw = (_without(x, out) for x in (a, b, own.world, true.world))
    if protocol.matching == "picture":
        by_frame = _match_pictures(own, true)
    else:
        apart = people_apart(a, b) if has_camera else people_apart(a, b, by_depth=False)
        by_frame = np.tile(match_people(apart, MATCH_LIMIT if has_camera else np.inf), (a.shape[1], 1))
    hands = None if own.hands is None else _picked(own.hands, by_frame)
    root = tuple(names.index(n) for n in protocol.root if n in names)
    if any(i in out for i in root):
        missing = ", ".join(names[i] for i in root if i in out)
        raise BadInputError(f"{own.name} or {true.name} lacks the root {missing}.", "Choose another protocol.")
    matched = Matched(
        joint_set=protocol.joint_set,
        names=names,
        root=root,
        timestamps=true.timestamps,
        predicted=_picked(a, by_frame),
        truth=b,
        predicted_world=_picked(aw, by_frame),
        truth_world=bw,
        found=a,
        score=own.score,
        predicted_hands=hands,
        truth_hands=true.hands,
        has_camera=has_camera,
    )
    return matched, np.array([_most_often(column) for column in by_frame.T])


def _match_pictures(own: Recording, true: Recording) -> Array:
    """(T, P)."""
    if own.pixels is None or true.pixels is None:
        raise BadInputError("This protocol matches people in the picture; one side has no 2D joints.", "Give a take.")
    return np.stack(
        [
            match_in_image(own.pixels[:, t, _MUPOTS_DECIDE], true.pixels[:, t, _MUPOTS_DECIDE])
            for t in range(own.pixels.shape[1])
        ]
    )


def _picked(values: Array, by_frame: Array) -> Array:
    """Per-person values (Q,T,…) of the partner of each true person in each frame: (P,T,…), NaN for nobody."""
    frames = np.arange(values.shape[1])
    return np.stack([
        np.where((who == NOBODY).reshape(-1, *(1,) * (values.ndim - 2)), np.nan, values[np.maximum(who, 0), frames])
        for who in by_frame.T
    ])  # fmt: skip


def _person(m: Matched, p: int, true: Recording, own: Recording, partner: Array) -> PersonReport:
    a, b = m.predicted[p], m.truth[p]
    there = known(b)
    lost = there & ~known(a)
    judged = known(a).any(-1) & there.any(-1)
    values: Values = {"coverage": Value(judged.sum() / max(there.any(-1).sum(), 1), "share", int(there.any(-1).sum()))}
    joints: dict[str, Values] = {}
    error = _root_errors(m, a, b)
    values["MPJPE" if m.root else "MPJPE (absolute)"] = Value(float(np.nanmean(error)), "m", count(error))
    per_joint = mean_along(error, 0)
    for i, name in enumerate(m.names):
        if np.isfinite(per_joint[i]):
            joints[name] = {"MPJPE": Value(float(per_joint[i]), "m", count(error[:, i]))}
    return PersonReport(
        truth=true.people[p],
        predicted=own.people[partner[p]],
        frames_true=int(there.any(-1).sum()),
        frames_compared=int(judged.sum()),
        joints_missing=int(lost[judged].sum()),
        values=values,
        joints=joints,
    )


def _root_errors(m: Matched, a: Array, b: Array) -> Array:
    """(T,J) errors, every hand or the body centred on its root where there is one."""
    if m.root and all(m.names[r].startswith(("left_", "right_")) for r in m.root):
        error = np.full(b.shape[:-1], np.nan)
        for joints, root in m.sides:
            at = joints.index(root) if root is not None else 0
            error[:, joints] = pose.joint_errors(centred(a[:, joints], at), centred(b[:, joints], at))
        return error
    if m.root:
        a, b = centred(a, m.root), centred(b, m.root)
    return pose.joint_errors(a, b)


def _found(m: Matched, p: int) -> bool:
    return bool((np.isfinite(m.predicted[p]) & np.isfinite(m.truth[p])).any())


def _without(points: Array, joints: list[int]) -> Array:
    result = np.array(points, np.float64)
    result[..., joints, :] = np.nan
    return result


def _most_often(who: Array) -> int:
    kept = who[who != NOBODY]
    return int(np.bincount(kept).argmax()) if len(kept) else NOBODY


def _shared_names(predicted: Take | Annotation, truth: Annotation) -> tuple[str, ...]:
    own = set(predicted.joint_names)
    names = tuple(name for name in truth.joint_names if name in own)
    if not names:
        raise BadInputError(
            f"No joint is common: {', '.join(tuple(predicted.joint_names)[:5])}… and "
            f"{', '.join(truth.joint_names[:5])}….",
            "Rename the joints; reader option names may help.",
        )
    return names


def _with_palms(take: Take, joint_set: Any) -> Take:
    """STB's palm as the middle of wrist and middle knuckle, for a take that has none."""
    wanted = JOINT_SETS[joint_set] if isinstance(joint_set, str) else joint_set
    if "left_palm" not in wanted or "left_palm" in take.joint_names:
        return take
    columns = [take.joint_names.index(name) for name in ("left_wrist", "left_middle1")]
    people = []
    for person in take.people:
        palm = np.asarray(person.joints_world)[:, columns].mean(1, keepdims=True)
        sure = np.asarray(person.joints_confidence)[:, columns].min(1, keepdims=True)
        people.append(
            replace(
                person,
                joints_world=np.concatenate([person.joints_world, palm], axis=1),
                joints_confidence=np.concatenate([person.joints_confidence, sure], axis=1),
            )
        )
    return replace(
        take,
        people=tuple(people),
        joint_names=(*take.joint_names, "left_palm"),
        joint_parents=(*take.joint_parents, columns[0]),
    )


def _in_unit(value: Value, unit: str) -> Value:
    return replace(value, unit="m in cm") if unit == "cm" and value.unit == "m" else value


def _notes(protocol: Protocol, m: Matched, derived: tuple[str, ...], lacking: tuple[str, ...]) -> tuple[str, ...]:
    notes = [f"{protocol.title} ({protocol.source})"]
    if protocol.remark:
        notes.append(protocol.remark)
    if lacking:
        notes.append(
            f"{len(lacking)} of {len(m.names)} joints of the protocol are not in the prediction: the figures are over "
            "the others and not those of the published table"
        )
    if derived:
        notes.append(f"made of other joints by convention: {', '.join(derived)}")
    if not m.has_camera:
        notes.append("no camera is known on one side: compared in each side's world, no MRPE")
    return tuple(notes)
