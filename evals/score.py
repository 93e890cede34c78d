"""Metric arithmetic: pure functions of a question, its answer and the displayed texts.

Every per-question metric is a number from 0 to 1, or None where it does not apply; None is left out of
every mean, never counted as 0.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.events import Answer
from bot.markdown import unescape_markdown
from evals.questions import Question, alternatives
from ingest.fold import fold

METRICS = (
    "answer_accuracy",
    "key_point_recall",
    "evidence_precision",
    "evidence_recall",
    "evidence_f1",
    "citation_validity",
    "refusal_precision",
    "refusal_recall",
    "refusal_f1",
    "false_refusal_rate",
    "hit@1",
    "hit@3",
    "hit@5",
    "mrr",
    "ndcg@10",
    "latency_ms_p50",
    "latency_ms_p95",
)
FLOOR_METRICS = tuple(name for name in METRICS if not name.startswith(("latency", "false")))

MARK = re.compile(r"\[(\d+)\]")
_THOUSANDS = re.compile(r"(?<=\d)(?<!\d{4}),(?=\d{3}(?!\d))", re.ASCII)
_NUMERALS = frozenset("〇零一二三四五六七八九十百千万亿两")
_SCALES = frozenset("十百千万亿%‰")
_MINUS = "-−－"  # a longer dash is punctuation
_DIGIT_AND_UNIT = re.compile(r"\d\w{0,2}$")


@dataclass(frozen=True)
class Span:
    """displayed_text[start:end] of `document` (character offsets)."""

    document: str
    start: int
    end: int

    def positions(self) -> set[tuple[str, int]]:
        """The characters of the span, each as (document, offset)."""
        return {(self.document, offset) for offset in range(self.start, self.end)}

    def overlaps(self, other: "Span") -> bool:
        """Whether the two spans share a character."""
        return self.document == other.document and self.start < other.end and other.start < self.end


def compact(text: str) -> str:
    """Text folded (script, case, punctuation style) and without white space or thousands separators."""
    return "".join(character for _, character in _kept(text, fold(text)))


def _kept(text: str, folded: str) -> list[tuple[int, str]]:
    """The (offset, folded character) pairs that count in a comparison."""
    separators = {match.start() for match in _THOUSANDS.finditer(text)}
    return [(at, c) for at, c in enumerate(folded) if not c.isspace() and at not in separators]


def occurrences(needle: str, text: str) -> list[tuple[int, int]]:
    """Where `needle` stands in `text`: (start, end) offsets, compared compact, numbers whole.

    A number at either edge of the needle must be the whole number in the text: 「100元」 is not found in
    「2100元」, 「2,100元」, 「3.100元」 or 「-100元」, nor 「100」 in 「100万」, nor 「三人」 in 「十三人」.
    White space ends a number, except before a scale such as 万 or %. A dash after a number (「50-100元」)
    is a range, not a sign.
    """
    wanted = compact(needle)
    folded = fold(text)
    kept = _kept(text, folded)
    joined = "".join(character for _, character in kept)
    found = []
    at = joined.find(wanted) if wanted else -1
    while at >= 0:
        start, end = kept[at][0], kept[at + len(wanted) - 1][0] + 1
        range_not_sign = wanted[0] == "-" and _DIGIT_AND_UNIT.search(folded[:start])
        if not (_inside_number(text, folded, start) or _inside_number(text, folded, end) or range_not_sign):
            found.append((start, end))
        at = joined.find(wanted, at + 1)
    return found


def _inside_number(text: str, folded: str, at: int) -> bool:
    """Whether the place between the characters at - 1 and at cuts a number in two."""
    before, after = folded[:at], folded[at:]
    if not before or not after:
        return False
    left, right = before[-1], after[0]
    if left.isdecimal():
        separated = _separates(text, at) and after[1:2].isdecimal()
        return right.isdecimal() or separated or after.lstrip()[:1] in _SCALES
    if right.isdecimal():
        signed = text[at - 1] in _MINUS and not _DIGIT_AND_UNIT.search(before[:-1])
        return signed or (_separates(text, at - 1) and before[-2:-1].isdecimal())
    return left in _NUMERALS and right in _NUMERALS


def _separates(text: str, at: int) -> bool:
    """Whether the character is a decimal point or a thousands separator (if digits surround it).

    Asked of the text as written: folding makes the full-width comma of 「50，100元」 look like one.
    """
    return text[at] in ".．" or _THOUSANDS.match(text, at) is not None


def contains(text: str, entry: str) -> bool:
    """Whether one of the alternatives of `entry` stands in `text`."""
    return any(occurrences(alternative, text) for alternative in alternatives(entry))


def plain(answer: str) -> str:
    """The answer as it is read, without its [n] marks; a space stays so that numbers beside one do not join."""
    return unescape_markdown(MARK.sub(" ", answer))


def answer_failures(question: Question, answer: Answer) -> list[str]:
    """Why the answer is wrong, one reason each; empty when it is right.

    Key points and forbidden strings are looked for in the answer's text; each entry of `docs` must be
    cited.
    """
    if not question.answerable:
        return [] if answer.refused else ["answered, though the documents hold no answer"]
    if answer.refused:
        return ["refused, though the documents hold the answer"]
    text = plain(answer.answer)
    cited = {citation.document for citation in answer.citations}
    return [
        *(f"key point missing: {point}" for point in question.key_points if not contains(text, point)),
        *(f"forbidden: {entry}" for entry in question.forbidden if occurrences(entry, text)),
        *(f"not cited: {entry}" for entry in question.docs if cited.isdisjoint(alternatives(entry))),
    ]


def answer_accuracy(question: Question, answer: Answer) -> float:
    """1 if the answer has no failure (see answer_failures), else 0.

    Source: DESIGN.md, the question file's contract.
    """
    return float(not answer_failures(question, answer))


def key_point_recall(question: Question, answer: Answer) -> float | None:
    """Key points in the answer ÷ key points. None if the question has none; a refusal scores 0.

    Source: claim recall over hand-written claims, as in ALCE (Gao et al. 2023), by string comparison.
    """
    if not question.key_points:
        return None
    if answer.refused:
        return 0.0
    text = plain(answer.answer)
    return sum(contains(text, point) for point in question.key_points) / len(question.key_points)


def locate(question: Question, texts: Mapping[str, str]) -> list[list[Span]]:
    """Per gold quote, every place where one of its alternatives stands in the question's documents.

    `texts` holds displayed texts by document name. An empty inner list is an error of the exam.
    """
    names = [name for entry in question.docs for name in alternatives(entry) if name in texts]
    return [
        [
            Span(name, start, end)
            for name in dict.fromkeys(names)
            for alternative in alternatives(entry)
            for start, end in occurrences(alternative, texts[name])
        ]
        for entry in question.quotes
    ]


def exam_faults(question: Question, texts: Mapping[str, str]) -> list[str]:
    """Where the question does not fit the documents: an unknown name, a gold quote that is nowhere."""
    names = [name for entry in question.docs for name in alternatives(entry)]
    absent = [f"{question.id}: there is no document {name}" for name in names if name not in texts]
    located = zip(question.quotes, locate(question, texts), strict=True)
    return absent or [f"{question.id}: not in its documents: {quote}" for quote, at in located if not at]


def evidence(gold: Sequence[Sequence[Span]], cited: Iterable[Span]) -> tuple[float, float, float] | None:
    """(precision, recall, F1) of the cited characters against the gold characters.

    Precision = gold characters cited ÷ characters cited; recall = gold characters cited ÷ gold characters;
    F1 is their harmonic mean. Characters are counted once however often they are cited. Of the places of a
    gold quote the one that is covered best counts. No citation scores 0 on all three: an empty answer is
    not skipped. None if the question has no gold quote.
    Source: span-level precision, recall and F1 as SQuAD has them by token (Rajpurkar et al. 2016).
    """
    if not gold:
        return None
    cited_at = {position for span in cited for position in span.positions()}
    gold_at = set()
    for places in gold:
        gold_at |= max((p.positions() for p in places), key=lambda at: len(at & cited_at) / len(at))
    shared = len(gold_at & cited_at)
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / len(cited_at), shared / len(gold_at)
    return precision, recall, 2 * precision * recall / (precision + recall)


def citation_failures(answer: Answer, texts: Mapping[str, str]) -> list[str]:
    """What is wrong with the citations of an answer, one reason each.

    Every [n] must have a citation, every quote must be displayed_text[start:end] of its document, and
    every line of the answer that is not a Markdown heading must carry an [n].
    """
    lines = [line.strip() for line in answer.answer.splitlines()]
    marks = {int(n) for n in MARK.findall(answer.answer)}
    missing = sorted(marks - {citation.n for citation in answer.citations})
    return [
        *(f"[{n}] has no citation" for n in missing),
        *(
            f"[{c.n}] is not what {c.document} says there"
            for c in answer.citations
            if not c.quote or texts.get(c.document, "")[c.start : c.end] != c.quote
        ),
        *(f"no [n]: {x}" for x in lines if x and not x.startswith("#") and not MARK.search(x)),
    ]


def citation_validity(answer: Answer, texts: Mapping[str, str]) -> float | None:
    """1 if the answer's citations have no failure (see citation_failures), else 0; None for a refusal.

    Source: the contract of DESIGN.md; a number out of range counts against the answer as in ALCE
    (Gao et al. 2023).
    """
    return None if answer.refused else float(not citation_failures(answer, texts))


def refusal_precision(question: Question, answer: Answer) -> float | None:
    """Right refusals ÷ refusals: of one question, 1 or 0 if refused, None if answered.

    Source: precision of the class "unanswerable", as SQuAD 2.0 (Rajpurkar et al. 2018) judges no-answer.
    """
    return float(not question.answerable) if answer.refused else None


def refusal_recall(question: Question, answer: Answer) -> float | None:
    """Right refusals ÷ unanswerable questions: of one question, None if it is answerable.

    Source: recall of the class "unanswerable", as for refusal_precision.
    """
    return None if question.answerable else float(answer.refused)


def false_refusal_rate(question: Question, answer: Answer) -> float | None:
    """Refused answerable questions ÷ answerable questions: of one question, None if unanswerable.

    Source: the false positive rate of refusing; the lower the better.
    """
    return float(answer.refused) if question.answerable else None


def relevance(gold: Sequence[Sequence[Span]], passages: Iterable[Span]) -> list[bool]:
    """Per passage, whether it overlaps a place of a gold quote."""
    places = [place for quote in gold for place in quote]
    return [any(passage.overlaps(place) for place in places) for passage in passages]


def hit_at(k: int, relevant: Sequence[bool]) -> float:
    """1 if one of the first k results is relevant, else 0. Source: success@k of TREC."""
    return float(any(relevant[:k]))


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """1 ÷ the rank of the first relevant result, 0 without one; its mean is MRR. Source: TREC-8 QA track."""
    return 1 / (relevant.index(True) + 1) if True in relevant else 0.0


def ndcg_at(k: int, relevant: Sequence[bool], total: int) -> float | None:
    """DCG ÷ ideal DCG over the first k results, gain 1 for a relevant one, discount log2(1 + rank).

    `total` relevant passages exist in the library; the ideal ranks them all first. None if there is none.
    Source: Järvelin and Kekäläinen 2002.
    """
    if not total:
        return None
    gained = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(relevant[:k], start=1) if hit)
    return gained / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, total) + 1))
