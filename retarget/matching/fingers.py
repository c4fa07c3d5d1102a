"""Which finger is which, by where the chains on a hand begin and end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import normalise
from ..rig import Rig

Array = NDArray[np.floating]

_FOUR = ("index", "middle", "ring", "little")
_THUMB = np.radians(22)  # thumbs end this far off the line of the other fingers
_METACARPAL = 0.4  # of the way to a finger's last joint: what begins nearer to the wrist is in the palm
_SURE, _UNSURE = 0.93, 0.6


def finger_slots(rig: Rig, hand: int, forearm: int) -> dict[str, tuple[int, float]]:
    """Slots such as ``index_1``, without the side, with bone and confidence."""
    chains = [_follow(rig, child) for child in rig.children[hand]]
    wrist = rig.heads[hand]
    chains = [c for c in chains if len(c) >= 2 and np.linalg.norm(rig.heads[c[-1]] - wrist) > 1e-4]
    if len(chains) < 2:
        return {}
    line = normalise(wrist - rig.heads[forearm])
    ends = np.array([rig.heads[c[min(len(c), 3) - 1]] - wrist for c in chains])
    length = float(np.linalg.norm(ends, axis=1).max())
    chains_ends = [(c, e) for c, e in zip(chains, ends, strict=True) if np.linalg.norm(e) > 0.3 * length]
    chains, ends = [c for c, _ in chains_ends], np.array([e for _, e in chains_ends])
    middle = normalise(np.median(normalise(ends), axis=0)) if len(ends) >= 4 else line
    angle = np.arccos(np.clip(normalise(ends) @ middle, -1, 1))
    thumb = int(angle.argmax())
    if len(chains) > 5 or angle[thumb] < _THUMB:
        return {}
    slots: dict[str, tuple[int, float]] = {}
    _put(rig, slots, "thumb", chains[thumb], wrist, _SURE)
    # The others in order from the thumb outwards.
    outwards = ends[thumb] - middle * (ends[thumb] @ middle)
    rest = [c for i, c in enumerate(chains) if i != thumb]
    starts = {c[0]: rig.heads[_knuckle(rig, c, wrist)] - wrist for c in rest}
    across = normalise(outwards)
    if len(rest) > 1:
        spread = np.array(list(starts.values()))
        spread = spread - np.outer(spread @ middle, middle)
        axis = np.linalg.svd(spread - spread.mean(axis=0))[2][0]
        across = axis if axis @ outwards > 0 else -axis
    rest.sort(key=lambda c: -float(starts[c[0]] @ across))
    for name, chain in zip(_FOUR, rest, strict=False):
        # With fingers missing nobody knows which, but for the one beside the thumb.
        sure = len(rest) == 4 or name == "index"
        _put(rig, slots, name, chain, wrist, _SURE if sure else _UNSURE)
    return slots


def _follow(rig: Rig, bone: int) -> list[int]:
    """The longest way down from a bone."""
    below = [_follow(rig, c) for c in rig.children[bone]]
    return [bone, *max(below, key=len, default=[])]


def _knuckle(rig: Rig, chain: list[int], wrist: Array) -> int:
    return chain[1] if len(chain) > 3 and _in_palm(rig, chain, wrist) else chain[0]


def _in_palm(rig: Rig, chain: list[int], wrist: Array) -> bool:
    reach = [float(np.linalg.norm(rig.heads[b] - wrist)) for b in chain[:4]]
    return reach[0] < _METACARPAL * reach[-1]


def _put(rig: Rig, slots: dict[str, tuple[int, float]], name: str, chain: list[int], wrist: Array, sure: float) -> None:
    links = list(chain)
    if name != "thumb" and len(links) > 3 and _in_palm(rig, links, wrist):
        slots[f"{name}_0"] = (links.pop(0), sure)
    for i, bone in enumerate(links[:3], 1):
        slots[f"{name}_{i}"] = (bone, sure)
