"""What ``understudy capture`` prints of the lens."""

from __future__ import annotations

import pytest

from understudy.core.commands.capture import lens_text


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ({"focal_px": 632.4, "focal_source": "estimated", "focal_spread": 0.071, "focal_told_by": ["edges", "turns"]},
         "focal length 632 px (estimated from edges and turns, give or take 7 %)"),
        ({"focal_px": 632.4, "focal_source": "default", "focal_spread": 0.29, "focal_told_by": []},
         "focal length 632 px (default, give or take 29 %)"),
        ({"focal_px": 632.4, "focal_source": "metadata", "focal_spread": None, "focal_told_by": []},
         "focal length 632 px (metadata)"),
    ],
)  # fmt: skip
def test_the_lens_is_printed_with_how_sure_it_is(summary: dict, text: str) -> None:
    assert lens_text(summary) == text
