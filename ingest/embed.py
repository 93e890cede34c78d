"""Embeddings through sentence-transformers, with the bundled model unless a setting names another."""

import logging
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from ingest import bundled_model
from ingest.errors import LibraryError
from ingest.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
_BATCH = 32


class Embedder:
    """Text to unit vectors, float32, shape (texts, dimensions). The model is loaded at first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = settings.embedding_model or bundled_model.NAME
        self._lock = threading.Lock()
        self._loaded: SentenceTransformer | None = None

    @property
    def _model(self) -> "SentenceTransformer":
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.settings)
            return self._loaded

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of sentences to be found."""
        return self._encode(texts, "document")

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions."""
        return self._encode(texts, "query")

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        import torch

        encode = self._model.encode_query if prompt == "query" else self._model.encode_document
        with torch.inference_mode():
            tensors = encode(list(texts), batch_size=_BATCH, convert_to_tensor=True, show_progress_bar=False)
        return cast(Vectors, tensors.float().cpu().numpy())


def _load(settings: Settings) -> "SentenceTransformer":
    # Nothing is looked up on a hub: a model is a folder, or is in the local cache already.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    options: dict[str, object] = {"torch_dtype": torch.bfloat16 if _has_bf16() else torch.float32}
    if not settings.embedding_model:
        options["add_pooling_layer"] = False  # the weights have none; mean pooling is a module of its own
    try:
        folder = settings.embedding_model or str(bundled_model.bundled_model(settings.cache.expanduser()))
        return SentenceTransformer(folder, device="cpu", model_kwargs=options)
    except (OSError, ValueError, RuntimeError) as error:
        name = settings.embedding_model or f"{bundled_model.NAME} in {settings.cache}"
        raise LibraryError(
            f"The embedding model {name} cannot be loaded ({error}). HUIWEN_EMBEDDING_MODEL names the folder "
            "of a sentence-transformers model, HUIWEN_CACHE a folder to unpack the bundled one into."
        ) from error


def _has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 itself; elsewhere it is emulated and slower than float32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
