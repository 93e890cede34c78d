"""Dense layers in whole numbers of 8 bits: two to three times as fast as in float32, and as good (docs/PERFORMANCE.md).

What goes into a layer is divided by a factor for each of its channels, by which the rows of the layer's matrix are
multiplied, so that neither has values far from its others (SmoothQuant, Xiao et al. 2023). The factors, and mostly the whole
numbers that stand for an input, too, come from the ranges that the channels had in training (evals/training/ranges.py).
Where tokens differ most, those of each token come from its own range. What else is in a batch counts nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# How much of the difference between channels the matrix of a layer takes; by the cosines of texts of held-out archives.
_SHARES = {"q": 0.9, "ao": 0.8, "fi": 0.7, "fo": 0.55}
_LEAST = 1e-5
BELOW = 4  # GELU gives little below zero
_MOST, _PAIR = 127, 128  # of one number of a column, and of neighbours of one sign


@dataclass(frozen=True)
class Inputs:
    """How a layer's inputs become uint8: `value / factors`, shape (channels,), is `scale * (number - zero)`."""

    factors: Floats
    scale: float
    zero: int


def inputs_of(part: str, ranges: Floats, matrices: Sequence[Floats]) -> Inputs:
    """Of channels with these least and greatest values, shape (2, channels), which go into these matrices, shape (in, out), of
    a part of a layer."""
    reach = np.maximum(np.abs(ranges).max(axis=0), _LEAST)
    weight = np.maximum(np.max([np.abs(each).max(axis=1) for each in matrices], axis=0), _LEAST)
    factors = reach ** _SHARES[part] / weight ** (1 - _SHARES[part])
    smooth = ranges / factors
    low, high = min(float(smooth.min()), 0.0), max(float(smooth.max()), _LEAST)
    scale = (high - low) / 255
    return Inputs(factors.astype(np.float32), scale, round(-low / scale))


def of_each_token(factors: Floats) -> Inputs:
    """Of inputs whose every token is divided by its greatest value, or by `BELOW` times its least if that is more."""
    return Inputs(factors, (1 + 1 / BELOW) / 255, round(255 / (BELOW + 1)))


def whole_numbers(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """A matrix, shape (in, out), as int8, and the scale of each column.

    Processors without VNNI add products of neighbours in 16 bits, and cut off what is more: no two neighbours here, times
    255, are more.
    """
    pairs = matrix.reshape(-1, 2, matrix.shape[1])
    together = np.maximum(np.clip(pairs, 0, None).sum(axis=1), np.clip(-pairs, 0, None).sum(axis=1)).max(
        axis=0
    )
    # Rounding may add half a number to each of two.
    scales = np.maximum(np.abs(matrix).max(axis=0) / _MOST, together / (_PAIR - 1))
    scales = np.maximum(scales, np.finfo(np.float32).tiny).astype(np.float32)
    return np.round(matrix / scales).astype(np.int8), scales
