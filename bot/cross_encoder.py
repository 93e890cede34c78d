"""The cross-encoder: how likely a text answers a question, by a model that reads both together.

The bundled model, whose layers learn for it in evals/training/cross_encoder.py. It sees what the embedding model, which
reads each alone, does not: that a text speaks of the same thing, but not of what is asked.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from ingest.bundled_model import ADAPTER, PROMPTS, Weights, unpacked
from ingest.errors import LibraryError
from ingest.onnx_model import Vocabulary, padded, session, vocabulary

NAME = "multilingual-e5-small-huiwen-cross-encoder-3"  # the number grows with what it has learnt, and how it computes
LEARNT = Path(__file__).with_name("cross_encoder.npz")
_HEAD = "hidden.w hidden.b out.w out.b common.w".split()
LONGEST_QUESTION, LONGEST = 48, 104  # tokens of a question, and of a pair


class CrossEncoder:
    """The model in a folder that `cross_encoder` makes. Thread safe."""

    def __init__(self, folder: Path) -> None:
        self._session = session(folder)
        self._vocabulary = vocabulary(folder)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """How likely the text of each (question, text) pair, both folded, answers its question, as a logit; shape (pairs,)."""
        tokens = [pair_tokens(self._vocabulary, *pair) for pair in pairs]
        ids, mask = padded([asked + read for asked, read in tokens])
        shares = np.zeros((len(tokens), 2, ids.shape[1]), np.float32)
        for row, (asked, read) in enumerate(tokens):
            shares[row, 0, : len(asked)] = 1 / len(asked)
            shares[row, 1, len(asked) : len(asked) + len(read)] = 1 / len(read)
        result = self._session.run(None, {"ids": ids, "mask": mask, "shares": shares})[0]
        return cast("npt.NDArray[np.float32]", result[:, 0])


def pair_tokens(vocabulary: Vocabulary, question: str, text: str) -> tuple[list[int], list[int]]:
    """The tokens of a question, and those of the text that are read behind them."""
    asked = vocabulary.tokens(PROMPTS["query"] + question)[:LONGEST_QUESTION]
    read = vocabulary.tokens(PROMPTS["document"] + text)[1:]
    return asked, read[: LONGEST - len(asked)]


@lru_cache(maxsize=1)
def cross_encoder(cache: Path) -> CrossEncoder:
    """The model, unpacked into `cache` when it is first asked for. Raises LibraryError."""
    try:
        return CrossEncoder(unpacked(cache / NAME, _write))
    except (OSError, ValueError, RuntimeError) as error:
        raise LibraryError(
            f"The model {NAME} in {cache} cannot be loaded ({error}). HUIWEN_CACHE names a folder to unpack it into."
            " / 无法加载问答模型；HUIWEN_CACHE 指定解压模型的文件夹。"
        ) from error


def _write(weights: Weights, path: Path) -> None:
    from ingest.bundled_graph import write_cross_encoder

    with np.load(LEARNT) as learnt:
        head = {name: learnt[name].astype(np.float32) for name in _HEAD}
    write_cross_encoder(weights.adapted(ADAPTER, LEARNT), head, path)
