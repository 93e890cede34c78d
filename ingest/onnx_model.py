"""The bundled model in ONNX Runtime: starts in a second and, of what was measured (docs/PERFORMANCE.md), embeds a
question soonest."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from ingest.bundled_model import PROMPTS

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Tokens = Sequence[Sequence[int]]

_LONGEST = 512  # tokens of a text; what is more is cut off
_BATCH_TOKENS = 1024  # padding included
_FEW = 2  # texts


class OnnxModel:
    """The embedding model in a folder made by `bundled_model`. Thread safe.

    The graph runs in one thread: as many batches at once take a third less than one after the other in many threads, which
    wait for each other, and beside a question there is its search by words.
    """

    def __init__(self, folder: Path) -> None:
        self._session = session(folder, 1)
        self._vocabulary = vocabulary(folder)

    def encode(self, texts: Sequence[str], prompt: str) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (texts, dimensions). A text's vector is the same whatever it is encoded with, but for
        rounding."""
        tokens = [self._vocabulary.tokens(PROMPTS[prompt] + text) for text in texts]
        # A question and its translation are soonest done beside each other.
        planned = [[n] for n in range(len(texts))] if len(texts) <= _FEW else list(batches(tokens))
        inputs = [[tokens[n] for n in batch] for batch in planned]
        found = self._at_once(inputs) if len(inputs) > 1 else map(self._run, inputs)
        vectors = dict(zip(chain.from_iterable(planned), chain.from_iterable(found), strict=True))
        return np.stack([vectors[n] for n in range(len(texts))])

    def _at_once(self, batches: Sequence[Tokens]) -> list[npt.NDArray[np.float32]]:
        with ThreadPoolExecutor(min(_threads(), len(batches)), "embedding") as workers:
            return list(workers.map(self._run, batches))

    def _run(self, tokens: Tokens) -> npt.NDArray[np.float32]:
        ids, mask = padded(tokens)
        return cast("npt.NDArray[np.float32]", self._session.run(None, {"ids": ids, "mask": mask})[0])


class Vocabulary:
    """The tokens of the model. Thread safe."""

    def __init__(self, model: bytes) -> None:
        from sentencepiece import SentencePieceProcessor
        from tokenizers import normalizers

        self._vocabulary = SentencePieceProcessor(model_proto=model)
        self._normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])

    def tokens(self, text: str) -> list[int]:
        """The numbers of the tokens of a text, between those that begin and end it."""
        inside = self._vocabulary.encode(self._normalizer.normalize_str(text))[: _LONGEST - 2]
        return [self._vocabulary.bos_id(), *inside, self._vocabulary.eos_id()]


def vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of a folder; models that have the same share it."""
    return _vocabulary((folder / "vocabulary.model").read_bytes())


@lru_cache(maxsize=1)
def _vocabulary(model: bytes) -> Vocabulary:
    return Vocabulary(model)


def session(folder: Path, threads: int | None = None) -> "InferenceSession":
    """The graph `model.onnx` of a folder, ready to run in so many threads, else in as many as there are processors."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads or _threads()
    # Threads that wait by spinning make one question faster, but others need the processor when it is done.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])


def padded(tokens: Tokens) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Token numbers, shape (texts, tokens of the longest), and 1 where there is a token."""
    shape = len(tokens), max(map(len, tokens))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int32)
    for row, each in enumerate(tokens):
        ids[row, : len(each)], mask[row, : len(each)] = each, 1
    return ids, mask


def batches(tokens: Tokens) -> Iterator[list[int]]:
    """Numbers of texts of about one length, so that little is padding."""
    batch: list[int] = []
    for number in sorted(range(len(tokens)), key=lambda n: -len(tokens[n])):
        if batch and (len(batch) + 1) * len(tokens[batch[0]]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _threads() -> int:
    """As many as there are processors for this process, or as OMP_NUM_THREADS says, as other libraries do."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() and int(said) else len(os.sched_getaffinity(0))
