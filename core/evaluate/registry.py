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
    "m in cm": ("cm", 100.0),
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
    """One metric. ``function`` documents formula and mask; ``unit`` is one of ``DISPLAY``, for metres in; ``source`` is
    the paper whose definition it is, "here" where there is none."""

    name: str
    function: Callable[..., Any]
    unit: str
    source: str
    better: Better = "lower"

    @property
    def implementation(self) -> str:
        """Name of the function below any variant's fixed arguments."""
        inner = self.function.func if isinstance(self.function, partial) else self.function
        return inner.__name__


_ALL = (
    Metric("MPJPE", pose.mpjpe, "m", "Ionescu 2014"),
    Metric("PA-MPJPE (rigid)", partial(pose.pa_mpjpe, scale=False), "m", "Moon 2019"),
    Metric("PA-MPJPE (similarity)", partial(pose.pa_mpjpe, scale=True), "m", "Martinez 2017"),
    Metric("N-MPJPE", pose.n_mpjpe, "m", "Rhodin 2018"),
    Metric("MPJVE", pose.mpjve, "m/s", "Pavllo 2019"),
    Metric("PVE", pose.pve, "m", "von Marcard 2018"),
    Metric("MRPE", absolute.mrpe, "m", "Moon 2019"),
    Metric("3DPCK_rel (all)", partial(absolute.pck3d, root=0, matched=False), "share", "Mehta 2018", "higher"),
    Metric("3DPCK_rel (matched)", partial(absolute.pck3d, root=0, matched=True), "share", "Mehta 2018", "higher"),
    Metric("3DPCK_abs (all)", partial(absolute.pck3d, matched=False), "share", "Mehta 2018", "higher"),
    Metric("3DPCK_abs (matched)", partial(absolute.pck3d, matched=True), "share", "Mehta 2018", "higher"),
    Metric("AUC_rel (all)", partial(absolute.auc3d, root=0, matched=False), "share", "Mehta 2018", "higher"),
    Metric("AUC_rel (matched)", partial(absolute.auc3d, root=0, matched=True), "share", "Mehta 2018", "higher"),
    Metric("AUC_abs (all)", partial(absolute.auc3d, matched=False), "share", "Mehta 2018", "higher"),
    Metric("AUC_abs (matched)", partial(absolute.auc3d, matched=True), "share", "Mehta 2018", "higher"),
    Metric("AP_root", absolute.ap_root, "share", "Moon 2019", "higher"),
    Metric("W-MPJPE", world.w_mpjpe, "m", "Ye 2023"),
    Metric("WA-MPJPE", world.wa_mpjpe, "m", "Ye 2023"),
    Metric("RTE", world.rte, "share", "Shin 2024"),
    Metric("acceleration error", dynamics.acceleration_error, "m/s²", "Kanazawa 2019"),
    Metric("jitter", dynamics.jitter, "m/s³", "Yi 2021"),
    Metric("peak acceleration preserved", dynamics.peak_acceleration_preserved, "1", "here", "near 1"),
    Metric("foot sliding", contact.foot_sliding, "m/frame", "Shin 2024"),
    Metric("stance-foot speed", contact.stance_foot_speed, "m/s", "here"),
    Metric("penetration", contact.penetration, "m", "Yuan 2021"),
    Metric("float", contact.floating, "m", "here"),
    Metric("contact F1", contact.contact_f1, "1", "here", "higher"),
    Metric("bone-length deviation", bones.bone_length_deviation, "m", "Zou 2020"),
    Metric("bone-length error", bones.bone_length_error, "m", "here"),
    Metric("identity switches", identity.identity_switches, "count", "Bernardin 2008"),
    Metric("EPE", hands.epe, "m", "Zimmermann 2017"),
    Metric("PCK-AUC", hands.pck_auc, "1", "Zimmermann 2017", "higher"),
    Metric("F-score", hands.f_score, "1", "Knapitsch 2017", "higher"),
    Metric("MRRPE", hands.mrrpe, "m", "Moon 2020"),
    Metric("MPJPE (InterHand2.6M)", hands.interhand_mpjpe, "m", "Moon 2020"),
    Metric("handedness accuracy", hands.handedness_accuracy, "share", "Moon 2020", "higher"),
    Metric("left/right swaps per minute", hands.swaps_per_minute, "1/min", "here"),
    Metric("wrist-rotation error", hands.wrist_rotation_error, "rad", "Huynh 2009"),
    Metric("PCP", multiview.pcp, "share", "Belagiannis 2014", "higher"),
    Metric("reprojection error", multiview.reprojection_error, "px", "here"),
    Metric("timestamp error", timing.timestamp_error, "s", "here"),
    Metric("Spearman of confidence", confidence.spearman, "1", "Spearman 1904", "higher"),
    Metric("expected calibration error", confidence.expected_calibration_error, "1", "Naeini 2015"),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
