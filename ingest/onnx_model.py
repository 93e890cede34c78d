"""The bundled model in ONNX Runtime: starts in a second and, of what was measured (docs/PERFORMANCE.md), embeds a
question soonest."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from ingest.bundled_model import PROMPTS

if TYPE_CHECKING:
    from tokenizers import Encoding

_BATCH_TOKENS = 2048  # padding included


class OnnxModel:
    """The model in a folder made by `bundled_model`. Thread safe."""

    def __init__(self, folder: Path) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = _threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others need the processor
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._session = InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str], prompt: str) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (texts, dimensions). A text's vector is the same whatever it is encoded with, but for
        rounding in the seventh digit."""
        encodings = self._tokenizer.encode_batch([PROMPTS[prompt] + text for text in texts])
        vectors: list[npt.NDArray[np.float32] | None] = [None] * len(texts)
        for batch in _batches(encodings):
            for number, vector in zip(batch, self._run([encodings[n] for n in batch]), strict=True):
                vectors[number] = vector
        return np.stack(cast("list[npt.NDArray[np.float32]]", vectors))

    def _run(self, encodings: "Sequence[Encoding]") -> npt.NDArray[np.float32]:
        shape = len(encodings), max(len(each) for each in encodings)
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int32)
        for row, each in enumerate(encodings):
            ids[row, : len(each)], mask[row, : len(each)] = each.ids, 1
        return cast("npt.NDArray[np.float32]", self._session.run(None, {"ids": ids, "mask": mask})[0])


def _batches(encodings: "Sequence[Encoding]") -> Iterator[list[int]]:
    """Numbers of texts of about one length, so that little is padding."""
    batch: list[int] = []
    for number in sorted(range(len(encodings)), key=lambda n: -len(encodings[n])):
        if batch and (len(batch) + 1) * len(encodings[batch[0]]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _threads() -> int:
    """As many as there are processors for this process, or as OMP_NUM_THREADS says, as other libraries do."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() else len(os.sched_getaffinity(0))
