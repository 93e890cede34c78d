"""Dense layers in whole numbers of 8 bits: two to three times as fast as in float32, and as good (docs/PERFORMANCE.md).

What goes into a layer is divided by a factor for each of its channels, by which the rows of the layer's matrix are
multiplied, so that neither has values far from its others (SmoothQuant, Xiao et al. 2023). The factors, and the whole numbers
that stand for an input, come from the ranges that the channels had in training (evals/training/ranges.py): they do not
depend on what else is in a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_TO_INPUT = (
    0.8  # how much of the difference between channels the matrix takes; by the cosines of held-out archives
)
_LEAST = 1e-5
_MOST, _PAIR = 127, 128  # of one number of a column, and of neighbours of one sign


@dataclass(frozen=True)
class Inputs:
    """How a layer's inputs become uint8: `value / factors`, shape (channels,), is `scale * (number - zero)`."""

    factors: Floats
    scale: float
    zero: int


def inputs(ranges: Floats, matrices: Sequence[Floats]) -> Inputs:
    """Of channels with these least and greatest values, shape (2, channels), which go into these matrices, shape (in, out)."""
    reach = np.maximum(np.abs(ranges).max(axis=0), _LEAST)
    weight = np.maximum(np.max([np.abs(each).max(axis=1) for each in matrices], axis=0), _LEAST)
    factors = reach**_TO_INPUT / weight ** (1 - _TO_INPUT)
    smooth = ranges / factors
    low, high = min(float(smooth.min()), 0.0), max(float(smooth.max()), _LEAST)
    scale = (high - low) / 255
    return Inputs(factors.astype(np.float32), scale, round(-low / scale))


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
