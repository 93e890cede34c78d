"""The peers of `huiwen eval squad --peers`: what two LangChain pipelines show for the same questions.

"langchain" is the naive pipeline: RecursiveCharacterTextSplitter with its default separators, chunks of 500
characters that share 50, one vector a chunk, Chroma similarity search. "langchain ensemble" is
EnsembleRetriever (reciprocal rank fusion, equal weights) of that search and BM25 over jieba words. Both use
Huiwen's own embedding model with its prompts, and split the displayed text of the same paragraphs.

A chunk is no sentence. So that there are sentences to compare, a peer quotes as a naive pipeline would: its
first sentence is the one of its best chunk whose vector has the highest inner product with the question's, by
the same model; its first three are the three best such sentences of its best three chunks, none of them
overlapping another where chunks share text. Sentences are Huiwen's own, cut off where the chunk is.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
from chromadb.config import Settings
from langchain_chroma import Chroma
from langchain_classic.retrievers import EnsembleRetriever
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as Chunk
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_text_splitters import RecursiveCharacterTextSplitter
from pydantic import ConfigDict
from rank_bm25 import BM25Okapi
from rjieba import Jieba

from evals.evidence import Span
from evals.squad import Reply
from ingest.document import Document
from ingest.embed import Embedder, Vectors

_CHUNK_SIZE, _OVERLAP = 500, 50  # characters
_RETURNED = 20  # chunks, as many as Huiwen returns passages
_QUOTED_CHUNKS, _QUOTED_SENTENCES = 3, 3


def make_peers(documents: Mapping[str, Document], embedder: Embedder, folder: Path) -> list["Peer"]:
    """Index the documents, given by name, as each peer does; Chroma stores its part in `folder`."""
    chunks = _split(documents)
    store = Chroma.from_documents(
        chunks,
        _SameEmbeddings(embedder),
        client=chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False)),
    )
    dense = store.as_retriever(search_kwargs={"k": _RETURNED})
    ensemble = EnsembleRetriever(retrievers=[dense, BM25Retriever.of(chunks)], weights=[0.5, 0.5])
    sentences = _Sentences(chunks, documents, embedder)
    return [
        Peer(name, retriever, sentences, embedder)
        for name, retriever in (("langchain", dense), ("langchain ensemble", ensemble))
    ]


def _split(documents: Mapping[str, Document]) -> list[Chunk]:
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=_CHUNK_SIZE, chunk_overlap=_OVERLAP, add_start_index=True
    )
    texts = [document.text for document in documents.values()]
    return splitter.create_documents(texts, [{"document": name} for name in documents])


class _SameEmbeddings(Embeddings):
    """Huiwen's embedding model, as LangChain calls one."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return cast(list[list[float]], self._embedder.documents(texts).tolist())

    def embed_query(self, text: str) -> list[float]:
        return cast(list[float], self._embedder.queries([text])[0].tolist())


class BM25Retriever(BaseRetriever):
    """BM25 over the words of jieba's search mode.

    It is BM25Okapi of rank_bm25 with its defaults, which langchain-community's retriever of this name wraps
    too; that package is being sunset and brings much else.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    chunks: Sequence[Chunk]
    index: BM25Okapi
    segmenter: Jieba

    @classmethod
    def of(cls, chunks: Sequence[Chunk]) -> "BM25Retriever":
        """Index the chunks."""
        segmenter = Jieba()
        index = BM25Okapi([segmenter.cut_for_search(chunk.page_content) for chunk in chunks])
        return cls(chunks=chunks, index=index, segmenter=segmenter)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Chunk]:
        words = self.segmenter.cut_for_search(query)
        return cast(list[Chunk], self.index.get_top_n(words, self.chunks, n=_RETURNED))


class Peer:
    """A LangChain retriever that quotes the sentences nearest to the question from its best chunks."""

    def __init__(
        self, name: str, retriever: BaseRetriever, sentences: "_Sentences", embedder: Embedder
    ) -> None:
        self.name = name
        self._retriever = retriever
        self._sentences = sentences
        self._embedder = embedder

    def ask(self, question: str) -> Reply:
        """What it shows for a question.

        The latency is that of the search and of choosing the sentences. In it the question is embedded
        once, by the search; the sentences were embedded beforehand, as Huiwen's are.
        """
        vector = self._embedder.queries([question])[0]
        started = time.perf_counter()
        chunks = self._retriever.invoke(question)[:_RETURNED]
        first = self._sentences.nearest(vector, chunks[:1], 1)
        three = self._sentences.nearest(vector, chunks[:_QUOTED_CHUNKS], _QUOTED_SENTENCES)
        latency_ms = 1000 * (time.perf_counter() - started)
        ranking = list(dict.fromkeys(chunk.metadata["document"] for chunk in chunks))
        return Reply(ranking, first, three, latency_ms)


class _Sentences:
    """The sentences of every chunk and their vectors."""

    def __init__(
        self, chunks: Sequence[Chunk], documents: Mapping[str, Document], embedder: Embedder
    ) -> None:
        self._spans = {_place(chunk): list(_spans(chunk, documents)) for chunk in chunks}
        spans = list(dict.fromkeys(span for spans in self._spans.values() for span in spans))
        vectors = embedder.documents([documents[s.document].text[s.start : s.end] for s in spans])
        self._vectors: dict[Span, Vectors] = dict(zip(spans, vectors, strict=True))

    def nearest(self, vector: Vectors, chunks: Sequence[Chunk], count: int) -> list[Span]:
        """The `count` sentences of these chunks nearest to `vector`, best first."""
        spans = list(dict.fromkeys(span for chunk in chunks for span in self._spans[_place(chunk)]))
        scores = np.array([self._vectors[span] @ vector for span in spans])
        chosen: list[Span] = []
        for number in np.argsort(-scores, kind="stable"):
            if len(chosen) < count and not any(spans[number].overlaps(other) for other in chosen):
                chosen.append(spans[number])
        return chosen


def _place(chunk: Chunk) -> tuple[str, int]:
    return chunk.metadata["document"], chunk.metadata["start_index"]


def _spans(chunk: Chunk, documents: Mapping[str, Document]) -> Iterator[Span]:
    """The sentences of a chunk, or what it has of them."""
    name, start = _place(chunk)
    end = start + len(chunk.page_content)
    for sentence in documents[name].sentences:
        if sentence.start < end and start < sentence.end:
            yield Span(name, max(sentence.start, start), min(sentence.end, end))
