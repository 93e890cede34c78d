"""Fits the weights of the answers: `python -m evals.training.weights CMRC.json` prints them, for bot/retrieve.py,
bot/sentences.py and bot/confidence.py.

They are fitted to three sets together: the invented documents that the model did not learn from, every third question of
a SQuAD-format file, and the tune half of the exam with questions that have nothing to do with it. Passages and sentences are chosen by a conditional logit (McFadden
1974), whether to answer at all by a logistic regression in which answered and unanswered questions count the same.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from bot.answer import Answerer
from bot.confidence import confidence_features, reading
from bot.fit import could_answer
from bot.retrieve import HuiwenRetriever
from bot.sentences import considered, features, score_sentences
from bot.words.terms import is_english
from evals.homes import temporary_settings
from evals.questions import HALVES, alternatives, load_questions
from evals.squad import load_squad
from evals.training.examples import HELD_OUT, LEARN, Example, read_examples
from ingest.add import add_paths, find_files
from ingest.document import Document
from ingest.embed import Embedder
from ingest.fold import fold
from ingest.library import Library
from ingest.settings import Settings

Floats = npt.NDArray[np.float64]
_CORPUS = Path("corpus")
_EVERY = 3  # of the SQuAD questions one is learnt from
# What the sample documents have nothing of: every fifth SQuAD question, the English ones of these files.
_OFF_TOPIC_EVERY, _OFF_TOPIC = 5, ("k7-*.txt", "h4-0[1-3].txt")
_RIDGE = 1e-3
_CITED = 3  # sentences
_SHORTEST = 4  # characters of a sentence that stands inside a quote


@dataclass(frozen=True)
class Asked:
    """A question, what was asked before it, and the (document, sentence number) pairs that answer it."""

    question: str
    history: tuple[str, ...]
    right: frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Choice:
    """Of one question: the features of what may be chosen, shape (things, features), and which of it is right."""

    values: Floats
    right: npt.NDArray[np.bool_]


class Measured:
    """The choices of many questions."""

    def __init__(self) -> None:
        self.passages: list[Choice] = []
        self.sentences: list[Choice] = []
        self.answers: list[tuple[dict[str, float], bool]] = []
        self.names: dict[str, list[str]] = {}

    def ask(self, embedder: Embedder, source: Callable[[Library], Iterable[Asked]]) -> None:
        """Fill a library of its own, ask the questions about it, and keep what could have been chosen."""
        with TemporaryDirectory() as home, Library(temporary_settings(Path(home)), embedder) as library:
            asked = list(source(library))
            retriever = Answerer(library.reader("public")).retriever
            for each in asked:
                self._add(retriever, each)

    def _add(self, retriever: HuiwenRetriever, asked: Asked) -> None:
        library = retriever.library
        question = retriever.understand(asked.question, asked.history)
        with library.snapshot():
            found, values, _ = retriever.candidates(question)
            spans = [(p.document.name, range(p.passage.first, p.passage.last + 1)) for p in found]
            self._keep(
                "passages", values, [any((name, n) in asked.right for n in span) for name, span in spans]
            )
            passages = retriever.search(question)
            if places := considered(passages):
                right = [(p.document.name, n) in asked.right for p, n in places]
                self._keep("sentences", features(library, question, places), right)
                scored = score_sentences(library, question, passages)
                fits = any(could_answer(question, each.index, each.fit) for each in scored[:_CITED])
                known = confidence_features(question, scored[0], fits)
                known["read"] = reading(library, question, scored)
                self.answers.append((known, bool(asked.right)))

    def _keep(self, kind: str, values: dict[str, Floats], right: Sequence[bool]) -> None:
        self.names[kind] = list(values)
        if any(right):
            getattr(self, kind).append(Choice(np.stack(list(values.values()), axis=1), np.array(right)))


def invented(embedder: Embedder) -> Measured:
    """The questions about the archives that the model has not seen, each in a library of its own; what are single documents
    of many associations share one."""
    measured = Measured()
    together: list[Example] = []
    for archive, examples in groupby(read_examples(HELD_OUT), key=lambda each: each.archive):
        if len(archive) > 1:
            measured.ask(embedder, partial(_invented, list(examples)))
        else:
            together += examples
    measured.ask(embedder, partial(_invented, together))
    return measured


def _invented(examples: Sequence[Example], library: Library) -> Iterator[Asked]:
    for document in {each.name: each for example in examples for each in example.archive}.values():
        library.put(document, library.embed(document))
    for each in examples:
        yield Asked(each.question, (), frozenset((each.archive[n].name, s) for n, s in each.answers))


def comprehension(library: Library, file: Path) -> Iterator[Asked]:
    """Every third question of a SQuAD-format file, whose paragraphs are added to the library."""
    loaded = load_squad(file)
    documents = {name: paragraph.document(name) for name, paragraph in loaded.paragraphs.items()}
    for document in documents.values():
        library.put(document, library.embed(document))
    for question in loaded.questions[::_EVERY]:
        document = documents[question.document]
        right = [
            n
            for n in range(len(document.sentences))
            if any(fold(answer) in document.index_quote(n) for answer in question.gold)
        ]
        if right:
            yield Asked(question.question, (), frozenset((document.name, n) for n in right))


def tune_half(library: Library) -> Iterator[Asked]:
    """The tune half of the exam over the sample documents, which are added to the library."""
    assert all(each.status == "added" for each in add_paths(library, find_files([_CORPUS])))
    documents = {info.name: library.get(info.name) for info in library.documents()}
    for question in load_questions(HALVES[0]):
        names = {name for entry in question.docs for name in alternatives(entry)}
        quotes = [_plain(quote) for entry in question.quotes for quote in alternatives(entry)]
        right = {
            (name, n)
            for name in names
            if (document := documents.get(name))
            for n in range(len(document.sentences))
            if _is_quoted(document, n, quotes)
        }
        yield Asked(question.question, tuple(question.history), frozenset(right))


def off_topic(file: Path) -> Iterator[Asked]:
    """Questions that the sample documents have nothing to do with."""
    for question in load_squad(file).questions[::_OFF_TOPIC_EVERY]:
        yield Asked(question.question, (), frozenset())
    for pattern in _OFF_TOPIC:
        for each in read_examples(LEARN, pattern):
            if each.answers and is_english(fold(each.question)):
                yield Asked(each.question, (), frozenset())


def _is_quoted(document: Document, number: int, quotes: Sequence[str]) -> bool:
    sentence = _plain(document.index_quote(number))
    return len(sentence) >= _SHORTEST and any(sentence in quote or quote in sentence for quote in quotes)


def _plain(text: str) -> str:
    return "".join(fold(text).split())


def fit_choice(choices: Sequence[Choice]) -> Floats:
    """The weights under which what is right is likeliest; shape (features,)."""

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros_like(weights)
        for each in choices:
            shares = np.exp((scores := each.values @ weights) - scores.max())
            shares /= shares.sum()
            of_right = shares[each.right].sum()
            total -= float(np.log(of_right))
            slope += each.values.T @ (shares - np.where(each.right, shares / of_right, 0.0))
        count = len(choices)
        return total / count + _ridge(weights), slope / count + 2 * _RIDGE * weights

    return _minimum(loss, choices[0].values.shape[1])


def fit_confidence(answers: Sequence[tuple[dict[str, float], bool]]) -> Floats:
    """The weights of the features of a confidence, and behind them the intercept."""
    values = np.array([[*features.values(), 1.0] for features, _ in answers])
    answered = np.array([right for _, right in answers])
    counts = np.where(answered, 0.5 / answered.mean(), 0.5 / (~answered).mean())

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = values @ weights
        error = counts * (1 / (1 + np.exp(-logits)) - answered)
        total = (counts * (np.logaddexp(0, logits) - answered * logits)).mean()
        slope = (values * error[:, None]).mean(0) + 2 * _RIDGE * weights
        return float(total) + _ridge(weights), slope

    return _minimum(loss, values.shape[1])


def _ridge(weights: Floats) -> float:
    return _RIDGE * float(weights @ weights)


def _minimum(loss: Callable[[Floats], tuple[float, Floats]], size: int) -> Floats:
    found: Floats = minimize(loss, np.zeros(size), jac=True).x
    return found


def first_share(choices: Sequence[Choice], weights: Floats) -> float:
    """How often what has the highest score is right."""
    return float(np.mean([each.right[np.argmax(each.values @ weights)] for each in choices]))


def main(file: Path) -> None:
    """Measure the three sets, fit, print."""
    embedder = Embedder(Settings())
    sets = {"invented": invented(embedder), "comprehension": Measured(), "tune": Measured()}
    sets["comprehension"].ask(embedder, lambda library: comprehension(library, file))
    sets["tune"].ask(embedder, lambda library: chain(tune_half(library), off_topic(file)))
    for kind in ("passages", "sentences"):
        weights = fit_choice([choice for each in sets.values() for choice in getattr(each, kind)])
        print(kind, dict(zip(sets["tune"].names[kind], weights.round(2).tolist(), strict=True)))
        print({name: round(first_share(getattr(each, kind), weights), 3) for name, each in sets.items()})
    answers = [answer for name in ("invented", "tune") for answer in sets[name].answers]
    confidence = fit_confidence(answers)
    print("confidence", dict(zip([*answers[0][0], "intercept"], confidence.round(2).tolist(), strict=True)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
