"""What people read about every edit: its button, its values and their tooltips. Names are the fields of core/edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """``unit`` is Blender's property subtype; ``choices`` name the words a value may be. What is not ``shown`` is kept
    for the computation alone.
    """

    name: str
    tip: str
    unit: str = "NONE"
    choices: tuple[tuple[str, str, str], ...] = ()
    shown: bool = True


@dataclass(frozen=True)
class KindText:
    """An edit as menus and lists show it, ``short`` in narrow ones. ``needs_range``: the whole take is hardly ever
    meant. ``by_solve``: such a step comes from a solve, not from a menu.
    """

    short: str
    icon: Any
    tip: str
    fields: dict[str, Text]
    needs_range: bool = False
    by_solve: bool = False


def _share(name: str, tip: str) -> Text:
    return Text(name, tip, "FACTOR")


def _seconds(name: str, tip: str) -> Text:
    return Text(name, tip, "TIME_ABSOLUTE")


def _metres(name: str, tip: str) -> Text:
    return Text(name, tip, "DISTANCE")


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
        "SMOOTHCURVE",
        "Calm jitter, part by part, without losing punches and kicks",
        {
            "root": _share("Hips", "How much to calm where the person is and which way the hips face"),
            "torso": _share("Spine and head", "How much to calm spine, neck and head"),
            "arms": _share("Arms", "How much to calm shoulders, elbows and wrists"),
            "legs": _share("Legs", "How much to calm legs and feet"),
            "hands": _share("Fingers", "How much to calm the fingers"),
            "peaks": _share("Fast moves", "How much of punches, kicks and other fast, clear movement stays as it was"),
            "side": Text("Side", "Which arms, legs and fingers to calm", choices=_SIDES),
        },
    ),
    "repair": KindText(
        "Repair",
        "IPO_ELASTIC",
        "Take out single frames that jump away, and bridge short stretches that nobody saw",
        {
            "spikes": _share("Spikes", "How readily a jump away and back is taken out; 0 leaves them"),
            "spike_s": _seconds("Longest spike", "Jumps that last longer are movement"),
            "unclear": _share(
                "Unclear joints", "Joints seen less clearly than this share of their better moments are bridged"
            ),
            "gap_s": _seconds("Longest gap", "Longer stretches are left as they are"),
        },
    ),
    "correct": KindText(
        "Correction",
        "CON_KINEMATIC",
        "Poses, points and contacts that you set, solved into the frames around them",
        {
            "strength": _share("Strength", "How much of the correction counts"),
            "asked": Text("Asked", "What was corrected", shown=False),
            "solved": Text("Solved", "What the solve changed", shown=False),
        },
        by_solve=True,
    ),
    "swap_sides": KindText(
        "Swap sides",
        "MOD_MIRROR",
        "Give back what the capture took for the other side's",
        {
            "what": Text("Swap", "What was mixed up", choices=_SWAPS),
            "fade_s": _seconds("Blend", "How long the change takes at both ends of the range"),
        },
        needs_range=True,
    ),
    "swap_people": KindText(
        "Swap people",
        "ARROW_LEFTRIGHT",
        "Give two people back their own motion where the capture took one for the other",
        {"other": Text("With", "The other person")},
        needs_range=True,
    ),
    "place": KindText(
        "Floor",
        "ORIENTATION_GLOBAL",
        "Put the feet on the floor; turn and move the person as a whole",
        {
            "level": Text("Feet on the floor", "Raise or lower the person until the feet stand on the floor"),
            "tilt": Text("Level the ground", "Also take a slope out of the ground that the person walked over"),
            "turn": Text("Turn", "Turn about the vertical where the person starts", "ANGLE"),
            "move_x": _metres("Move X", "Move along X"),
            "move_y": _metres("Move Y", "Move along Y"),
            "raise_m": _metres("Raise", "Move up, after the feet were put on the floor"),
        },
    ),
    "scale": KindText(
        "Height",
        "DRIVER_DISTANCE",
        "Make the person as tall as the actor really is; their way grows along, so feet do not slide",
        {"height_m": _metres("Height", "How tall the person is")},
    ),
    "trim": KindText("Trim", "ARROW_LEFTRIGHT", "Keep the range, drop the rest", {}, needs_range=True),
    "retime": KindText(
        "Speed",
        "TIME",
        "Play the range faster or slower; what follows moves along",
        {"speed": Text("Speed", "How many times as fast; 2 is twice as fast")},
    ),
    "reverse": KindText("Reverse", "LOOP_BACK", "Play the range backwards", {}),
    "loop": KindText(
        "Loop",
        "FILE_REFRESH",
        "Make a cycle of the range: it ends in the pose it begins with",
        {
            "blend_s": _seconds("Blend", "How long before its end the motion begins to bend towards its start"),
            "repeats": Text("Repeats", "How often the cycle is played"),
            "travel": Text("Walk on", "Each cycle goes on from where the last one ended; off returns to the start"),
        },
        needs_range=True,
    ),
    "mirror": KindText("Mirror", "MOD_MIRROR", "Left becomes right, as in a mirror", {}),
    "stitch": KindText(
        "Stitch",
        "LINKED",
        "Go on with another take where the poses match best",
        {
            "take": Text("Take", "The take to go on with; it must be in this file"),
            "other": Text("Person", "Which person of that take"),
            "search_s": _seconds(
                "Search", "How much at the end of this take and at the start of the other is searched"
            ),
            "blend_s": _seconds("Blend", "How long one takes to flow into the other"),
        },
    ),
    "reduce": KindText(
        "Fewer keys",
        "KEYFRAME",
        "Keep keys only where they are needed",
        {"tolerance_mm": Text("Within (mm)", "How far, in millimetres, any joint may stray in any frame")},
    ),
}

# Kinds that are chosen from a menu.
CHOSEN: tuple[str, ...] = tuple(kind for kind, text in TEXTS.items() if not text.by_solve)
