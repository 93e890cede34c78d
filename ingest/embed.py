"""Embeddings: by the bundled model in ONNX Runtime, or by any model of sentence-transformers that a setting names."""

import logging
import os
import threading
from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from ingest import bundled_model
from ingest.errors import LibraryError
from ingest.settings import Settings

Vectors = npt.NDArray[np.float32]

# The hub's library reads them once, when it is imported, and Gradio imports it.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


class _Model(Protocol):
    def encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Unit vectors, shape (texts, dimensions); `prompt` is "query" or "document"."""


class Embedder:
    """Text to unit vectors, float32, shape (texts, dimensions). The model is loaded at first use. Thread safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = settings.embedding_model or bundled_model.NAME
        self._lock = threading.Lock()
        self._loaded: _Model | None = None

    @property
    def _model(self) -> _Model:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.settings)
            return self._loaded

    def load(self) -> None:
        """Load the model now. Raises LibraryError."""
        _ = self._model

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of sentences to be found."""
        return self._model.encode(texts, "document")

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions."""
        return self._model.encode(texts, "query")


class _SentenceTransformers:
    """A model by name or folder. Nothing is looked up on a hub: it is a folder, or in the local cache already."""

    def __init__(self, name: str) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        logging.getLogger("transformers").setLevel(logging.ERROR)
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        self._model: SentenceTransformer = SentenceTransformer(name, device="cpu")

    def encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Unit vectors, shape (texts, dimensions)."""
        encode = self._model.encode_query if prompt == "query" else self._model.encode_document
        return cast(Vectors, encode(list(texts), normalize_embeddings=True, show_progress_bar=False))


def _load(settings: Settings) -> _Model:
    try:
        if settings.embedding_model:
            return _SentenceTransformers(settings.embedding_model)
        from ingest.onnx_model import OnnxModel

        return OnnxModel(bundled_model.bundled_model(settings.cache))
    except (OSError, ValueError, RuntimeError) as error:
        name = settings.embedding_model or f"{bundled_model.NAME} in {settings.cache}"
        raise LibraryError(
            f"The embedding model {name} cannot be loaded ({error}). HUIWEN_EMBEDDING_MODEL names the folder "
            "of a sentence-transformers model, HUIWEN_CACHE a folder to unpack the bundled one into."
        ) from error
