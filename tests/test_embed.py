"""The bundled model: the same vectors as from the reference implementation of its architecture."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentencepiece.sentencepiece_model_pb2 import ModelProto
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from ingest.bundled_model import PROMPTS, Blocks, read_package
from ingest.embed import Embedder
from ingest.settings import Settings

TEXTS = [
    "会费",
    "2023年的重点工作有六项：一是召开会员代表大会；二是换届；三是走访会员企业。",
    "換屆工作什麼時候進行？",
    "What are the priorities of the association in 2023?",
    "全角ＡＢＣ１２３　①②③　㈱ ﬁn\u200b\ttab  two",
    "第十二条　理事会每年召开一次会议，" + "情况特殊的，也可以采用通讯形式召开。" * 40,
]
NAMES = {
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


def name_in_bert(name: str) -> str:
    """`l3.fo.w` is `encoder.layer.3.output.dense.weight`, `emb.pos` is `embeddings.position_embeddings.weight`."""
    place, part, *end = name.split(".")
    above = "embeddings" if place == "emb" else f"encoder.layer.{place[1:]}"
    return f"{above}.{NAMES[part]}.{'bias' if end == ['b'] else 'weight'}"


def floats(blocks: Blocks) -> Any:
    pairs = np.stack([blocks.nibbles & 15, blocks.nibbles >> 4], axis=-1).astype(np.float32) - 8
    return (pairs.reshape(*blocks.scales.shape, 32) * blocks.scales[..., None]).reshape(
        len(blocks.scales), -1
    )


def reference_tokenizer(vocabulary: bytes) -> Tokenizer:
    """XLM-RoBERTa's, as the Hugging Face library puts it together."""
    pieces = ModelProto.FromString(vocabulary).pieces
    tokenizer = Tokenizer(models.Unigram([(each.piece, each.score) for each in pieces], unk_id=3))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    ends = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    tokenizer.enable_truncation(512)
    return tokenizer


def reference(texts: list[str], prompt: str) -> Any:
    """Mean of the last states, in float32, one text after the other."""
    vocabulary, weights = read_package()
    tokenizer = reference_tokenizer(vocabulary)
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
    model = BertModel(config, add_pooling_layer=False).eval()
    state = {name_in_bert(name): torch.tensor(floats(blocks)) for name, blocks in weights.matrices.items()}
    for name, vector in weights.vectors.items():
        matrix = name in ("emb.pos", "emb.type")
        state[name_in_bert(name)] = torch.tensor(vector.reshape(-1, sizes["hidden"]) if matrix else vector)
    model.load_state_dict(state)
    with torch.inference_mode():
        ids = [torch.tensor([tokenizer.encode(PROMPTS[prompt] + text).ids]) for text in texts]
        means = [model(each).last_hidden_state[0].mean(dim=0) for each in ids]
    return torch.nn.functional.normalize(torch.stack(means)).numpy()


def test_vectors_are_those_of_the_reference_implementation(embedder: Embedder) -> None:
    for vectors, prompt in ((embedder.documents(TEXTS), "document"), (embedder.queries(TEXTS), "query")):
        assert vectors.shape == (len(TEXTS), 384) and vectors.dtype == np.float32
        assert (vectors * reference(TEXTS, prompt)).sum(axis=1).min() > 0.999


def test_a_vector_does_not_depend_on_what_it_is_computed_with(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.documents([text]) for text in TEXTS])
    assert np.abs(embedder.documents(TEXTS * 20)[: len(TEXTS)] - alone).max() < 1e-6


def test_the_model_is_unpacked_once_and_whole(tmp_path: Path, embedder: Embedder) -> None:
    first = Embedder(Settings(cache=tmp_path)).queries(TEXTS[:1])
    files = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert files == ["model.onnx", "model.weights", "vocabulary.model"]
    assert np.array_equal(first, embedder.queries(TEXTS[:1]))
