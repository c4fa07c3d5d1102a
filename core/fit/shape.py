"""The constant shape of each person: stature to betas to rig."""

from __future__ import annotations

import numpy as np

from ..body.numpy_model import BodyModel
from ..rotation import Array
from .rig import Rig, make_rig

DEFAULT_HEIGHT = 1.70


def heights_for(ids: list[str], setting: float | dict[str, float] | None) -> dict[str, float]:
    """Height of each person, m: their own where given, else the median of those given, else the default."""
    if setting is None:
        return dict.fromkeys(ids, DEFAULT_HEIGHT)
    if not isinstance(setting, dict):
        return dict.fromkeys(ids, float(setting))
    common = float(np.median(list(setting.values()))) if setting else DEFAULT_HEIGHT
    return {person: float(setting.get(person, common)) for person in ids}


def rig_for(body: BodyModel, betas: Array, height: float) -> Rig:
    """The rig of a body with these betas: joints, and the surface points that move with them."""
    vertices = body.shaped(betas)
    return make_rig(body.joints(betas), vertices[body.extras], vertices[body.contact_vertices], height)
