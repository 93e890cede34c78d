"""The bundled model's architecture in torch, put together by transformers: what Huiwen's own graph is held against."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from ingest.bundled_model import ADAPTER, PROMPTS, Weights, read_package
from ingest.embed import Vectors

_BATCH = 32
_BEGIN, _PADDING, _END, _UNKNOWN = range(4)
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
    "word": "word_embeddings",
    "pos": "position_embeddings",
    "type": "token_type_embeddings",
    "ln": "LayerNorm",
}


class Reference:
    """The model with all its weights as floats of one kind, and the tokenizer of the Hugging Face library."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        vocabulary, weights = read_package()
        self._tokenizer = tokenizer(vocabulary)
        self._model = bert(weights.adapted(ADAPTER))
        for parameter in self._model.parameters():
            parameter.data = parameter.data.to(dtype)

    def encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Unit vectors, shape (texts, dimensions)."""
        encodings = self._tokenizer.encode_batch([PROMPTS[prompt] + text for text in texts])
        order = sorted(range(len(texts)), key=lambda n: sum(encodings[n].attention_mask))
        vectors = np.zeros((len(texts), self._model.config.hidden_size), np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            longest = sum(encodings[batch[-1]].attention_mask)
            ids = torch.tensor([encodings[n].ids[:longest] for n in batch])
            vectors[batch] = self._means(ids)
        return vectors

    def _means(self, ids: torch.Tensor) -> npt.NDArray[np.float32]:
        mask = ids != _PADDING
        with torch.inference_mode():
            states = self._model(ids, attention_mask=mask).last_hidden_state.float()
            sums = (states * mask[..., None]).sum(dim=1)
            means: npt.NDArray[np.float32] = torch.nn.functional.normalize(sums).numpy()
        return means


def tokenizer(vocabulary: bytes) -> Tokenizer:
    """XLM-RoBERTa's, as the Hugging Face library puts it together."""
    pieces = ModelProto.FromString(vocabulary).pieces
    made = Tokenizer(models.Unigram([(each.piece, each.score) for each in pieces], unk_id=_UNKNOWN))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    made.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    ends = [("<s>", _BEGIN), ("</s>", _END)]
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    made.enable_truncation(512)
    made.enable_padding(pad_id=_PADDING)
    return made


def bert(weights: Weights) -> BertModel:
    """The model with these weights, as transformers has it; it is not in training mode."""
    sizes = weights.sizes
    config = BertConfig(
        vocab_size=sizes["vocabulary"],
        hidden_size=sizes["hidden"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["intermediate"],
        max_position_embeddings=sizes["positions"],
        type_vocab_size=sizes["types"],
        layer_norm_eps=weights.epsilon,
    )
    model: BertModel = BertModel(config, add_pooling_layer=False)
    model.train(False)
    matrices = {**weights.matrices, "emb.word": weights.words.floats()}
    state = {layer_name(name): torch.tensor(matrix) for name, matrix in matrices.items()}
    for name, vector in weights.vectors.items():
        is_table = name in ("emb.pos", "emb.type")
        state[layer_name(name)] = torch.tensor(vector.reshape(-1, sizes["hidden"]) if is_table else vector)
    model.load_state_dict(state)
    return model


def layer_name(name: str) -> str:
    """`l3.fo.w` is `encoder.layer.3.output.dense.weight`, `emb.pos` is `embeddings.position_embeddings.weight`."""
    place, part, *end = name.split(".")
    above = "embeddings" if place == "emb" else f"encoder.layer.{place[1:]}"
    return f"{above}.{_NAMES[part]}.{'bias' if end == ['b'] else 'weight'}"
