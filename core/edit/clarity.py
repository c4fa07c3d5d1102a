"""How clearly a joint was seen, against its own better moments.

Confidence is a probability in the world, and one camera is never as sure of a wrist as of a hip: what tells a hidden
joint from a hard one is that it was clearer before and after.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .motion import Motion

Array = NDArray[Any]

# A joint's better moments count as at least and at most this confidence: never clear below, always clear above.
_LEAST, _MOST = 0.1, 0.6


def clarity(motion: Motion) -> Array:
    """Confidence (T, 52) as a share of the joint's upper quartile while the person is there; zeros without any such
    frame.
    """
    seen = motion.present >= 0.5
    if not seen.any():
        return np.zeros_like(motion.confidence)
    usual = np.percentile(motion.confidence[seen], 75, axis=0)
    return motion.confidence / np.clip(usual, _LEAST, _MOST)
