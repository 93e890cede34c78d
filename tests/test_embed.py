"""The bundled model: the same vectors as from the reference implementation of its architecture."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from evals.bench.reference import Reference
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


def test_vectors_are_those_of_the_reference_implementation(embedder: Embedder) -> None:
    reference = Reference()
    for vectors, prompt in ((embedder.documents(TEXTS), "document"), (embedder.queries(TEXTS), "query")):
        assert vectors.shape == (len(TEXTS), 384) and vectors.dtype == np.float32
        assert (vectors * reference.encode(TEXTS, prompt)).sum(axis=1).min() > 0.999


def test_a_vector_does_not_depend_on_what_it_is_computed_with(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.documents([text]) for text in TEXTS])
    assert np.abs(embedder.documents(TEXTS * 4)[: len(TEXTS)] - alone).max() < 1e-6


def test_a_model_that_is_not_here_is_looked_for_on_no_hub() -> None:
    """Even when Gradio, which imports the hub's library, comes before the model."""
    served = "import bot.web.serve, ingest.embed, gradio, huggingface_hub; print(huggingface_hub.constants.HF_HUB_OFFLINE)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run([sys.executable, "-c", served], env=environment, capture_output=True, check=True)
    assert done.stdout.strip() == b"True"


def test_the_model_is_unpacked_once_and_whole(tmp_path: Path, embedder: Embedder) -> None:
    first = Embedder(Settings(cache=tmp_path)).queries(TEXTS[:1])
    files = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert files == ["model.onnx", "model.weights", "vocabulary.model"]
    assert np.abs(first - embedder.queries(TEXTS[:1])).max() < 1e-6  # float32 sums, in whatever order
