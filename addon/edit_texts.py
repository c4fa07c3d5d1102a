"""What Blender shows of every edit: its button, its values with their bounds and tooltips.

Names, defaults, bounds and labels are those of core/edit, which a test holds them to: Blender needs them at its start,
before numpy is loaded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """``low`` and ``high`` bound a number; ``unit`` is Blender's property subtype; ``choices`` name the words a value
    may be. What is not ``shown`` is kept for the computation alone.
    """

    name: str
    tip: str
    default: float | bool | str
    low: float = 0.0
    high: float = 0.0
    unit: str = "NONE"
    choices: tuple[tuple[str, str, str], ...] = ()
    shown: bool = True


@dataclass(frozen=True)
class KindText:
    """An edit as menus and lists show it, its ``label``, and ``short`` in narrow ones. ``needs_range``: the whole take
    is hardly ever meant. ``by_solve``: such a step comes from a solve, not from a menu.
    """

    label: str
    short: str
    icon: Any
    tip: str
    fields: dict[str, Text]
    needs_range: bool = False
    by_solve: bool = False


def _share(name: str, tip: str, default: float) -> Text:
    return Text(name, tip, default, 0, 1, "FACTOR")


def _seconds(name: str, tip: str, default: float, low: float, high: float) -> Text:
    return Text(name, tip, default, low, high, "TIME_ABSOLUTE")


def _metres(name: str, tip: str, default: float, low: float, high: float) -> Text:
    return Text(name, tip, default, low, high, "DISTANCE")


_SIDES = (
    ("both", "Both sides", "Left and right"),
    ("left", "Left", "The person's own left"),
    ("right", "Right", "The person's own right"),
)
_SWAPS = (
    ("legs", "Legs", "Hips to feet"),
    ("arms", "Arms", "Shoulders to fingers"),
    ("hands", "Hands", "Wrists and fingers; the arms stay"),
    ("whole", "Whole body", "Arms, legs and the way the body faces"),
)

TEXTS: dict[str, KindText] = {
    "smooth": KindText(
        "Smooth",
        "Smooth",
        "SMOOTHCURVE",
        "Calm jitter, part by part, without losing punches and kicks",
        {
            "root": _share("Hips", "How much to calm where the person is and which way the hips face", 0.3),
            "torso": _share("Spine and head", "How much to calm spine, neck and head", 0.4),
            "arms": _share("Arms", "How much to calm shoulders, elbows and wrists", 0.4),
            "legs": _share("Legs", "How much to calm legs and feet", 0.3),
            "hands": _share("Fingers", "How much to calm the fingers", 0.6),
            "peaks": _share(
                "Fast moves", "How much of punches, kicks and other fast, clear movement stays as it was", 0.8
            ),
            "side": Text("Side", "Which arms, legs and fingers to calm", "both", choices=_SIDES),
        },
    ),
    "repair": KindText(
        "Repair spikes and gaps",
        "Repair",
        "IPO_ELASTIC",
        "Take out single frames that jump away, and bridge short stretches that nobody saw",
        {
            "spikes": _share("Spikes", "How readily a jump away and back is taken out; 0 leaves them", 0.5),
            "spike_s": _seconds("Longest spike", "Jumps that last longer are movement", 0.12, 0.02, 0.5),
            "unclear": _share(
                "Unclear joints", "Joints seen less clearly than this share of their better moments are bridged", 0.5
            ),
            "gap_s": _seconds("Longest gap", "Longer stretches are left as they are", 1.0, 0, 10),
        },
    ),
    "correct": KindText(
        "Correction",
        "Correction",
        "CON_KINEMATIC",
        "Poses, points and contacts that you set, solved into the frames around them",
        {
            "strength": _share("Strength", "How much of the correction counts", 1.0),
            "asked": Text("Asked", "What was corrected", "{}", shown=False),
            "solved": Text("Solved", "What the solve changed", "", shown=False),
        },
        by_solve=True,
    ),
    "swap_sides": KindText(
        "Swap left and right",
        "Swap sides",
        "MOD_MIRROR",
        "Give back what the capture took for the other side's",
        {
            "what": Text("Swap", "What was mixed up", "legs", choices=_SWAPS),
            "fade_s": _seconds("Blend", "How long the change takes at both ends of the range", 0.0, 0, 1),
        },
        needs_range=True,
    ),
    "swap_people": KindText(
        "Swap two people",
        "Swap people",
        "ARROW_LEFTRIGHT",
        "Give two people back their own motion where the capture took one for the other",
        {"other": Text("With", "The other person", "")},
        needs_range=True,
    ),
    "place": KindText(
        "Floor and heading",
        "Floor",
        "ORIENTATION_GLOBAL",
        "Put the feet on the floor; turn and move the person as a whole",
        {
            "level": Text("Feet on the floor", "Raise or lower the person until the feet stand on the floor", True),
            "tilt": Text("Level the ground", "Also take a slope out of the ground that the person walked over", False),
            "turn": Text(
                "Turn", "Turn about the vertical where the person starts", 0.0, -2 * math.pi, 2 * math.pi, "ANGLE"
            ),
            "move_x": _metres("Move X", "Move along X", 0.0, -1000, 1000),
            "move_y": _metres("Move Y", "Move along Y", 0.0, -1000, 1000),
            "raise_m": _metres("Raise", "Move up, after the feet were put on the floor", 0.0, -100, 100),
        },
    ),
    "scale": KindText(
        "Scale to height",
        "Height",
        "DRIVER_DISTANCE",
        "Make the person as tall as the actor really is; their way grows along, so feet do not slide",
        {"height_m": _metres("Height", "How tall the person is", 1.7, 0.3, 3.0)},
    ),
    "trim": KindText("Trim", "Trim", "ARROW_LEFTRIGHT", "Keep the range, drop the rest", {}, needs_range=True),
    "retime": KindText(
        "Change speed",
        "Speed",
        "TIME",
        "Play the range faster or slower; what follows moves along",
        {"speed": Text("Speed", "How many times as fast; 2 is twice as fast", 1.0, 0.05, 20)},
    ),
    "reverse": KindText("Reverse", "Reverse", "LOOP_BACK", "Play the range backwards", {}),
    "loop": KindText(
        "Loop",
        "Loop",
        "FILE_REFRESH",
        "Make a cycle of the range: it ends in the pose it begins with",
        {
            "blend_s": _seconds(
                "Blend", "How long before its end the motion begins to bend towards its start", 0.5, 0, 10
            ),
            "repeats": Text("Repeats", "How often the cycle is played", 1, 1, 100),
            "travel": Text(
                "Walk on", "Each cycle goes on from where the last one ended; off returns to the start", True
            ),
        },
        needs_range=True,
    ),
    "mirror": KindText("Mirror", "Mirror", "MOD_MIRROR", "Left becomes right, as in a mirror", {}),
    "stitch": KindText(
        "Stitch another take",
        "Stitch",
        "LINKED",
        "Go on with another take where the poses match best",
        {
            "take": Text("Take", "The take to go on with; it must be in this file", ""),
            "other": Text("Person", "Which person of that take", "1"),
            "search_s": _seconds(
                "Search", "How much at the end of this take and at the start of the other is searched", 1.0, 0, 30
            ),
            "blend_s": _seconds("Blend", "How long one takes to flow into the other", 0.3, 0, 5),
        },
    ),
    "reduce": KindText(
        "Fewer keys",
        "Fewer keys",
        "KEYFRAME",
        "Keep keys only where they are needed",
        {
            "tolerance_mm": Text(
                "Within (mm)", "How far, in millimetres, any joint may stray in any frame", 5.0, 0.1, 100
            )
        },
    ),
}

CORRECTION = "correct"
# Kinds that are chosen from a menu.
CHOSEN: tuple[str, ...] = tuple(kind for kind, text in TEXTS.items() if not text.by_solve)
