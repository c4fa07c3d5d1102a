"""One colour per person, the same on the page and over the footage."""

from __future__ import annotations

# Okabe and Ito 2008: told apart with any kind of colour vision. RGB 0…255.
_COLOURS = ((230, 120, 0), (0, 130, 200), (0, 158, 115), (204, 121, 167), (213, 94, 0), (86, 180, 233), (200, 180, 40))


def colour(index: int) -> tuple[int, int, int]:
    """RGB of the index-th person of a take."""
    return _COLOURS[index % len(_COLOURS)]
