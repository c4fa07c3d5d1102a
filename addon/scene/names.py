"""What the add-on calls its properties on actors and their bones. No numpy: this is loaded when Blender starts."""

from __future__ import annotations

from ...core.skeleton import CONTACT_POINTS

ACTION = "take_action"  # the actor's own, also while it plays another
PERSON_ID = "person_id"
CONFIDENCE = "confidence"
PRESENT = "present"
HAND_SCORES = ("left_hand_score", "right_hand_score")
CONTACTS = tuple(f"contact_{name}" for name in CONTACT_POINTS)
MEASUREMENT = "Measurement"
