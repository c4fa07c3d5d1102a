"""A captured take against the truth of the same clip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..take import Take
from . import absolute, measures, pose
from .alignment import centred
from .confidence import Reliability, reliability
from .identity import NOBODY, follow, identity_switches, match_people
from .masks import known
from .pairs import FOLLOW_LIMIT, MATCH_LIMIT, Pair, Side, common_names, distances, side_of
from .report import Curves, PersonReport, Report, Value, Values, weighted
from .timing import FrameMatch, match_frames, timestamp_error

Array = NDArray[Any]
Groups = dict[str, tuple[Array, Array]]


def evaluate_takes(
    predicted: Take,
    truth: Take,
    names: tuple[str, str] = ("prediction", "truth"),
    gaps: bool = False,
    tolerance: float | None = None,
) -> Report:
    """Every metric that two takes allow.

    Frames are matched by timestamps (``tolerance`` s, else half an interval), joints by name, people by where they are
    (see ``pairs.distances``). A person's frames count where the truth has the person and the prediction measured it;
    with ``gaps`` also those the solve carried the person through. People without a partner are listed, count as wrong
    in "all" metrics and in no mean. Body figures are over SMPL's 22 joints in the axes of camera 0, pelvis-centred
    where relative; contact figures are in each take's own world.

    Raises BadInputError where no frame or no joint is common, or the truth has nobody.
    """
    if not truth.people:
        raise BadInputError(f"{names[1]} has no people.", "Choose a truth with at least one person.")
    joint_names = common_names(predicted, truth)
    frames = match_frames(predicted.timestamps, truth.timestamps, tolerance)
    ours = [side_of(predicted, person, frames.predicted, joint_names) for person in predicted.people]
    true = [side_of(truth, person, frames.truth, joint_names) for person in truth.people]
    apart = distances(ours, true, not gaps) if ours else np.full((len(frames.truth), len(true), 0), np.nan)
    partner = match_people(apart, MATCH_LIMIT)
    times = np.asarray(truth.timestamps, np.float64)[frames.truth]
    pairs = [
        Pair(times, joint_names, ours[q], side, side.present & (ours[q].present | gaps))
        for side, q in zip(true, partner, strict=True)
        if q != NOBODY
    ]
    groups = [measures.confidence_groups(pair) for pair in pairs]
    people = tuple(_person(pair, group, predicted, truth) for pair, group in zip(pairs, groups, strict=True))
    overall = weighted([p.values for p in people]) | _confidence(groups)
    overall |= _together(joint_names, true, ours, partner, apart, gaps)
    late = timestamp_error(np.asarray(predicted.timestamps)[frames.predicted], times)
    overall["timestamp error"] = Value(late.mean, "s", len(times))
    overall["largest timestamp error"] = Value(late.largest, "s", len(times))
    taken = set(partner.tolist())
    return Report(
        predicted=names[0],
        truth=names[1],
        protocol="take",
        frames=(len(times), frames.predicted_only, frames.truth_only),
        joint_names=joint_names,
        lacking=tuple(name for name in truth.joint_names if name not in joint_names),
        people=people,
        missing_people=tuple(p.id for p, q in zip(truth.people, partner, strict=True) if q == NOBODY),
        extra_people=tuple(p.id for q, p in enumerate(predicted.people) if q not in taken),
        overall=overall,
        reliability=_reliability(groups),
        notes=_notes(predicted, truth, frames, people),
    )


def _person(pair: Pair, group: Groups, predicted: Take, truth: Take) -> PersonReport:
    chosen, _ = measures.body_joints(pair.names)
    values: Values = {}
    if chosen:
        values |= measures.pose_values(pair) | measures.place_values(pair) | measures.world_values(pair)
        if np.array_equal(predicted.cameras.size[0], truth.cameras.size[0]):
            cameras = (_camera(predicted, pair.predicted.at), _camera(truth, pair.truth.at))
            values |= measures.reprojection_values(pair, *cameras)
    values |= measures.contact_values(pair) | measures.skeleton_values(pair) | measures.hand_values(pair)
    values |= measures.confidence_values(group)
    lost = np.isnan(pair.predicted.camera).any(-1) & np.isfinite(pair.truth.camera).all(-1)
    there, compared = int(pair.truth.present.sum()), int(pair.compared.sum())
    values = {"coverage": Value(compared / there if there else np.nan, "share", there)} | values
    return PersonReport(
        truth=pair.truth.person.id,
        predicted=pair.predicted.person.id,
        frames_true=there,
        frames_compared=compared,
        joints_missing=int((lost & pair.compared[:, None]).sum()),
        values=values,
        joints=measures.joint_values(pair) if chosen else {},
        curves=_curves(pair) if chosen else None,
    )


def _together(
    names: tuple[str, ...], true: list[Side], ours: list[Side], partner: Array, apart: Array, gaps: bool
) -> Values:
    """What only all people together show: missing people count as wrong."""
    values: Values = {"identity switches": Value(identity_switches(follow(apart, FOLLOW_LIMIT)), "count", len(apart))}
    values["people missing"] = Value(float((partner == NOBODY).sum()), "count", len(true))
    values["people extra"] = Value(float(len(ours) - (partner != NOBODY).sum()), "count", len(ours))
    chosen, root = measures.body_joints(names)
    if not root:
        return values

    def joints(side: Side, keep: Array) -> Array:
        return np.where(keep[:, None, None], side.camera[:, chosen], np.nan)

    b = np.stack([joints(side, side.present) for side in true])
    a = np.full_like(b, np.nan)
    for p, q in enumerate(partner):
        if q != NOBODY:
            a[p] = joints(ours[q], ours[q].present | gaps)
    number = int(known(b).sum())
    for kind, at in (("rel", root), ("abs", None)):
        values[f"3DPCK_{kind} (all)"] = Value(absolute.pck3d(a, b, root=at), "share", number)
        values[f"AUC_{kind} (all)"] = Value(absolute.auc3d(a, b, root=at), "share", number)
    return values | _ap_root(true, ours, chosen, root, gaps)


def _ap_root(true: list[Side], ours: list[Side], chosen: list[int], root: list[int], gaps: bool) -> Values:
    frames = np.arange(len(true[0].present))
    pelvis = [chosen[r] for r in root]

    def roots(sides: list[Side], everywhere: bool) -> Array:
        found = [np.where((s.present | everywhere)[:, None], s.camera[:, pelvis].mean(1), np.nan) for s in sides]
        return np.concatenate([np.zeros((0, 3)), *found])

    score = np.concatenate([np.zeros(0), *(s.confidence[:, pelvis].mean(1) for s in ours)])
    b = roots(true, False)
    value = absolute.ap_root(
        np.tile(frames, len(true)), b, np.tile(frames, len(ours)), roots(ours, gaps), np.nan_to_num(score)
    )
    return {"AP_root 25 cm": Value(value, "share", int(known(b).sum()))}


def _curves(pair: Pair) -> Curves | None:
    chosen, root = measures.body_joints(pair.names)
    if not root:
        return None
    a, b = pair.joints("camera", chosen)
    error = pose.joint_errors(centred(a, root), centred(b, root))
    own, true = (measures.root_of(x, root) for x in pair.joints("world", chosen))
    return Curves(
        timestamps=pair.timestamps,
        error=measures.mean_along(error, 1),
        root=own,
        true_root=true,
        depth=measures.root_of(a, root)[:, 2],
        true_depth=measures.root_of(b, root)[:, 2],
    )


def _camera(take: Take, at: Array) -> dict[str, Any]:
    pose4 = np.asarray(take.cameras.world_from_camera[0], np.float64)
    return {
        "K": take.cameras.K[0],
        "world_from_camera": pose4[at] if pose4.ndim == 3 else pose4,
        "distortion": take.cameras.distortion[0],
    }


def _confidence(groups: list[Groups]) -> Values:
    """Over the joints of all people together: a mean of people's values would be another figure."""
    if not groups:
        return {}
    return measures.confidence_values(_pooled(groups))


def _reliability(groups: list[Groups]) -> dict[str, Reliability]:
    found = {name: reliability(*pair) for name, pair in _pooled(groups).items()}
    return {name: diagram for name, diagram in found.items() if diagram.count.sum()}


def _pooled(groups: list[Groups]) -> Groups:
    """Confidences and errors of all people, flat."""
    names = dict.fromkeys(name for group in groups for name in group)
    return {
        name: tuple(np.concatenate([group[name][i].ravel() for group in groups if name in group]) for i in (0, 1))
        for name in names
    }  # type: ignore[return-value]


def _notes(predicted: Take, truth: Take, frames: FrameMatch, people: tuple[PersonReport, ...]) -> tuple[str, ...]:
    notes = []
    if frames.truth_only:
        notes.append(f"{frames.truth_only} frames of the truth have no partner in time and are not judged")
    if not np.array_equal(predicted.cameras.size[0], truth.cameras.size[0]):
        notes.append(
            f"no reprojection error: pictures of {predicted.cameras.size[0].tolist()} and "
            f"{truth.cameras.size[0].tolist()} px"
        )
    for person in people:
        if person.frames_compared < person.frames_true:
            missing = person.frames_true - person.frames_compared
            notes.append(f"person {person.truth} was not measured in {missing} of {person.frames_true} frames")
        if person.joints_missing:
            notes.append(f"person {person.truth}: {person.joints_missing} joints are missing in compared frames")
    return tuple(notes)
