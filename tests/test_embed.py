"""The bundled model: its 8 bits give about the vectors of the reference implementation in float32."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evals.bench.reference import Reference
from ingest.embed import Embedder
from ingest.quantise import whole_numbers
from ingest.settings import Settings

TEXTS = [
    "会费",
    "2023年的重点工作有六项：一是召开会员代表大会；二是换届；三是走访会员企业。",
    "換屆工作什麼時候進行？",
    "What are the priorities of the association in 2023?",
    "全角ＡＢＣ１２３　①②③　㈱ ﬁn\u200b\ttab  two",
    "第十二条　理事会每年召开一次会议，" + "情况特殊的，也可以采用通讯形式召开。" * 40,
]


def test_vectors_are_about_those_of_the_reference_implementation(embedder: Embedder) -> None:
    reference = Reference()
    for vectors, prompt in ((embedder.documents(TEXTS), "document"), (embedder.queries(TEXTS), "query")):
        assert vectors.shape == (len(TEXTS), 384) and vectors.dtype == np.float32
        assert (vectors * reference.encode(TEXTS, prompt)).sum(axis=1).min() > 0.998


def test_a_vector_does_not_depend_on_what_it_is_computed_with(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.documents([text]) for text in TEXTS])
    assert np.abs(embedder.documents(TEXTS * 4)[: len(TEXTS)] - alone).max() < 1e-6


@given(arrays(np.float32, (6, 3), elements=st.floats(-100, 100, width=32)))
def test_neighbours_of_a_matrix_in_whole_numbers_fit_into_16_bits(matrix: npt.NDArray[np.float32]) -> None:
    whole, scales = whole_numbers(matrix)
    assert np.abs(whole * scales - matrix).max(axis=0) == pytest.approx(0, abs=float(scales.max()) * 0.51)
    pairs = 255 * whole.astype(int).reshape(3, 2, 3)
    assert np.where(pairs > 0, pairs, 0).sum(axis=1).max() <= np.iinfo(np.int16).max
    assert np.where(pairs < 0, pairs, 0).sum(axis=1).min() >= np.iinfo(np.int16).min


def test_many_texts_at_once_get_the_same_vectors(embedder: Embedder) -> None:
    texts = [f"{text}{n}" for n in range(40) for text in TEXTS]
    with ThreadPoolExecutor(3) as together:
        found = list(together.map(embedder.documents, [texts] * 3))
    assert all(np.array_equal(each, found[0]) for each in found)
    assert (
        np.abs(found[0][:6] - np.concatenate([embedder.documents([text]) for text in texts[:6]])).max() < 1e-6
    )


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
