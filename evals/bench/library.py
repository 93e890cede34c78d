"""Speed inside one process: adding files, scanning them again, asking."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.answer import Answerer
from evals.bench.made_up import MadeUp, fill, neighbours, next_vectors
from evals.bench.questions import questions
from ingest.add import add_paths
from ingest.embed import Embedder, Vectors
from ingest.library import Library
from ingest.load import load
from ingest.make import make_document
from ingest.settings import Settings

_EMBEDDED = 400  # sentences
_ADDED_FILES, _SENTENCES_EACH = 160, 60
_SCANNED_FILES = 5000
_LEAST_SHARE = 0.85  # of the model's own speed, for adding
_QUESTIONS, _WARM_UP = 300, 10
_ANY_QUESTION = "会费是多少？"
_ASK_LIMITS = {100_000: (30.0, 60.0), 1_000_000: (120.0, None)}


@dataclass(frozen=True)
class Measure:
    """A figure: `limit` is what it must not be above (or not below, for `at_least`); none where a figure only
    stands for comparison. `at` is how many sentences the library has, where that matters."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    at: int | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the limit is kept; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def measure_models(embedder: Embedder) -> Iterator[Measure]:
    """The embedding model beside other ways to run it on this processor."""
    import torch

    from evals.bench.reference import Reference

    made_up = MadeUp(seed=5)
    sentences = [made_up.sentence() for _ in range(_EMBEDDED)]
    exact: Vectors | None = None
    ways = [
        ("torch float32", Reference(torch.float32).encode),
        ("torch bfloat16", Reference(torch.bfloat16).encode),
        ("Huiwen", lambda texts, kind: (embedder.queries if kind == "query" else embedder.documents)(texts)),
    ]
    for name, encode in ways:
        encode(sentences[:8], "document")
        started = time.perf_counter()
        vectors = encode(sentences, "document")
        yield Measure(f"{name}, documents", len(sentences) / (time.perf_counter() - started), "sentences/s")
        yield Measure(
            f"{name}, a question", statistics.median(_timed(encode, islice(questions(3), 30))), "ms"
        )
        exact = vectors if exact is None else exact
        least = float((vectors * exact).sum(axis=1).min())
        yield Measure(f"{name}, least cosine with float32", least, "", 0.995, at_least=True)


def _timed(encode: Callable[[list[str], str], Vectors], texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        started = time.perf_counter()
        encode([text], "query")
        yield 1000 * (time.perf_counter() - started)


def measure_adding(settings: Settings, embedder: Embedder, sentences: int, folder: Path) -> Iterator[Measure]:
    """The whole pipeline over text files, beside the model alone on the same sentences; into a library that has so
    many `sentences`. A processor's speed may drift: the model runs between two halves of the files."""
    made_up = MadeUp(seed=11)
    files = [_written(folder / f"new {n}.txt", made_up.text(n, _SENTENCES_EACH)) for n in range(_ADDED_FILES)]
    half = len(files) // 2
    embedder.documents([made_up.sentence() for _ in range(64)])
    with Library(settings, embedder) as library:
        seconds = _adding(library, files[:half])
        texts = _texts(library, files[:half])
        started = time.perf_counter()
        embedder.documents(texts)
        alone = len(texts) / (time.perf_counter() - started)
        seconds += _adding(library, files[half:])
        added = len(_texts(library, files)) / seconds
    yield Measure("adding text files", added, "sentences/s", _LEAST_SHARE * alone, True, sentences)
    yield Measure("the model alone on half of the sentences", alone, "sentences/s", at=sentences)


def _texts(library: Library, files: Sequence[Path]) -> list[str]:
    """The sentences of files as they are embedded."""
    documents = [library.get(file.name) for file in files]
    return [each.in_context(n) for each in documents if each for n in range(len(each.sentences))]


def _adding(library: Library, files: Sequence[Path]) -> float:
    """How many seconds it takes to add files."""
    started = time.perf_counter()
    assert all(each.status == "added" for each in add_paths(library, files))
    return time.perf_counter() - started


def measure_scanning(settings: Settings, embedder: Embedder, folder: Path) -> Iterator[Measure]:
    """A folder of files that are all in."""
    made_up, near = MadeUp(seed=13), neighbours(embedder)
    files = [_written(folder / f"{n}.txt", made_up.text(n, 3)) for n in range(_SCANNED_FILES)]
    with Library(settings, embedder) as library:
        for file in files:
            with library.arriving(file) as (copy, digest):
                document = make_document(file.name, digest, load(copy))
                library.put(document, next_vectors(near, len(document.sentences)), copy)
        started = time.perf_counter()
        assert all(each.status == "unchanged" for each in add_paths(library, files))
        yield Measure(f"scanning {len(files)} unchanged files", time.perf_counter() - started, "s", 5.0)


def measure_asking(
    settings: Settings, embedder: Embedder, sentences: int, progress: Callable[[str], None]
) -> Iterator[Measure]:
    """Questions one after the other over a library of so many sentences, which is left in the home. None is asked
    twice, and what earlier ones looked up is forgotten; the documents last read stay in memory, as they do in a
    server."""
    with Library(settings, embedder) as library:
        progress(f"making a library of {sentences:,} sentences")
        started = time.perf_counter()
        fill(library, sentences)
        stored = sentences / (time.perf_counter() - started)
        yield Measure("storing", stored, "sentences/s", at=sentences)
        progress(f"asking over {sentences:,} sentences")
        answerer = Answerer(library.reader("public"))
        timings = [_asked_cold(answerer, each) for each in islice(questions(23), _WARM_UP + _QUESTIONS)]
    del timings[:_WARM_UP]
    median_limit, p95_limit = _ASK_LIMITS.get(sentences, (None, None))
    totals = [each["total"] for each in timings]
    yield Measure("a question, median", statistics.median(totals), "ms", median_limit, at=sentences)
    yield Measure("a question, p95", statistics.quantiles(totals, n=20)[-1], "ms", p95_limit, at=sentences)
    for step in dict.fromkeys(step for each in timings for step in each):  # not every question takes each
        if step != "total":
            value = statistics.median(each.get(step, 0.0) for each in timings)
            yield Measure(f"of a question: {step}", value, "ms", at=sentences)


def _asked_cold(answerer: Answerer, question: str) -> dict[str, float]:
    answerer.library.forget()
    answerer.ask(_ANY_QUESTION)  # what is known of the library as a whole is made again
    return answerer.ask(question).timings_ms


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
