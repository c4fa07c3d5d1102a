"""Every metric under its exact name: the function, its unit, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from . import absolute, bones, confidence, contact, dynamics, hands, identity, multiview, pose, timing, world

Better = Literal["lower", "higher", "near 1"]

# How tables print a unit: its name there and the factor to it.
DISPLAY: dict[str, tuple[str, float]] = {
    "m": ("mm", 1000.0),
    "m/s": ("mm/s", 1000.0),
    "m/frame": ("mm/frame", 1000.0),
    "m/s²": ("m/s²", 1.0),
    "m/s³": ("m/s³", 1.0),
    "share": ("%", 100.0),
    "rad": ("°", 57.29577951308232),
    "s": ("ms", 1000.0),
    "px": ("px", 1.0),
    "1/min": ("per min", 1.0),
    "count": ("", 1.0),
    "1": ("", 1.0),
}


@dataclass(frozen=True)
class Metric:
    """One metric. ``function`` documents formula, source and mask; ``unit`` is one of ``DISPLAY``, for metres in."""

    name: str
    function: Callable[..., Any]
    unit: str
    better: Better = "lower"

    @property
    def implementation(self) -> str:
        """Name of the function below any variant's fixed arguments."""
        inner = self.function.func if isinstance(self.function, partial) else self.function
        return inner.__name__


_ALL = (
    Metric("MPJPE", pose.mpjpe, "m"),
    Metric("PA-MPJPE (rigid)", partial(pose.pa_mpjpe, scale=False), "m"),
    Metric("PA-MPJPE (similarity)", partial(pose.pa_mpjpe, scale=True), "m"),
    Metric("N-MPJPE", pose.n_mpjpe, "m"),
    Metric("MPJVE", pose.mpjve, "m/s"),
    Metric("PVE", pose.pve, "m"),
    Metric("MRPE", absolute.mrpe, "m"),
    Metric("3DPCK_rel (all)", partial(absolute.pck3d, root=0, matched=False), "share", "higher"),
    Metric("3DPCK_rel (matched)", partial(absolute.pck3d, root=0, matched=True), "share", "higher"),
    Metric("3DPCK_abs (all)", partial(absolute.pck3d, matched=False), "share", "higher"),
    Metric("3DPCK_abs (matched)", partial(absolute.pck3d, matched=True), "share", "higher"),
    Metric("AUC_rel (all)", partial(absolute.auc3d, root=0, matched=False), "share", "higher"),
    Metric("AUC_rel (matched)", partial(absolute.auc3d, root=0, matched=True), "share", "higher"),
    Metric("AUC_abs (all)", partial(absolute.auc3d, matched=False), "share", "higher"),
    Metric("AUC_abs (matched)", partial(absolute.auc3d, matched=True), "share", "higher"),
    Metric("AP_root", absolute.ap_root, "share", "higher"),
    Metric("W-MPJPE", world.w_mpjpe, "m"),
    Metric("WA-MPJPE", world.wa_mpjpe, "m"),
    Metric("RTE", world.rte, "share"),
    Metric("acceleration error", dynamics.acceleration_error, "m/s²"),
    Metric("jitter", dynamics.jitter, "m/s³"),
    Metric("peak acceleration preserved", dynamics.peak_acceleration_preserved, "1", "near 1"),
    Metric("foot sliding", contact.foot_sliding, "m/frame"),
    Metric("stance-foot speed", contact.stance_foot_speed, "m/s"),
    Metric("penetration", contact.penetration, "m"),
    Metric("float", contact.floating, "m"),
    Metric("contact F1", contact.contact_f1, "1", "higher"),
    Metric("bone-length deviation", bones.bone_length_deviation, "m"),
    Metric("bone-length error", bones.bone_length_error, "m"),
    Metric("identity switches", identity.identity_switches, "count"),
    Metric("EPE", hands.epe, "m"),
    Metric("PCK-AUC", hands.pck_auc, "1", "higher"),
    Metric("F-score", hands.f_score, "1", "higher"),
    Metric("MRRPE", hands.mrrpe, "m"),
    Metric("MPJPE (InterHand2.6M)", hands.interhand_mpjpe, "m"),
    Metric("handedness accuracy", hands.handedness_accuracy, "share", "higher"),
    Metric("left/right swaps per minute", hands.swaps_per_minute, "1/min"),
    Metric("wrist-rotation error", hands.wrist_rotation_error, "rad"),
    Metric("PCP", multiview.pcp, "share", "higher"),
    Metric("reprojection error", multiview.reprojection_error, "px"),
    Metric("timestamp error", timing.timestamp_error, "s"),
    Metric("Spearman of confidence", confidence.spearman, "1", "higher"),
    Metric("expected calibration error", confidence.expected_calibration_error, "1"),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
