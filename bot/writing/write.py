"""The written answer: a model's statements, verified, cited anew, and completed where they are a list.

Nothing is handed on before the whole is verified and it is decided that it may be shown: what a member has
seen cannot be taken back, and only the whole shows whether a list has lost items or the answer is missing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from langchain_core.language_models import BaseChatModel

from bot.compose import cite
from bot.events import AnswerPart, Citation
from bot.fit import could_answer, fit
from bot.lists import is_lead_in
from bot.question import Question
from bot.retrieve import RankedPassage
from bot.select import Selection
from bot.sentences import ScoredSentence
from bot.web.markdown import escape_markdown
from bot.writing.evidence import Place
from bot.writing.facts import find_facts
from bot.writing.model import ModelFailure, complete, report
from bot.writing.prompt import Source, choose_sources, declines, writing_messages
from bot.writing.rewrite import standalone
from bot.writing.statements import DraftStatement, parse, without_bullet
from bot.writing.verify import Verifier
from bot.writing.wording import Text, words
from ingest.fold import Language, fold, script_of, simplify, traditionalize
from ingest.reader import Reader

# What becomes of a model's output that is not shown.
Verdict = Literal["declined", "not verified"]

_NUMERIC = ("how_many", "how_much", "when")
_LEAST_WORDS = 2.0  # a bare number states nothing that could be verified
_WHOLE = 0.5
_CLAUSE_END = re.compile("[，,；;。]")
_UNTRANSLATED = re.compile(r"(?<![(（《“\"\u4e00-\u9fff])[\u4e00-\u9fff]")  # but for a name in brackets
_PART_END = re.compile("[、和]")
_LEAST_KEPT = 0.5  # of a list's items; with fewer the model wrote another answer than the list
_COPIED = 0.9  # of the characters of a statement and of its source
_AS_LIKELY = 0.5  # of the best sentence's chance to answer
_QUOTED: dict[Language, str] = {"zh-Hans": "（原文：{}）", "zh-Hant": "（原文：{}）", "en": " (“{}”)"}


@dataclass(frozen=True)
class Verified:
    """A statement in the asker's language and script, and the sentences that support it. `is_quote`: it is
    the source's own sentence."""

    text: str
    places: tuple[Place, ...]
    is_item: bool
    is_quote: bool = False


class Writer:
    """Writes answers with one model. Thread safe.

    One that `reads_well` (see `bot.writing.reading`) may say that its sources do not answer, and rest its answer on another
    sentence than the quoted ones.
    """

    def __init__(self, library: Reader, model: BaseChatModel) -> None:
        self._library = library
        self._model = model
        self.reads_well = False

    def standalone(self, question: str, history: Sequence[str], seconds: float) -> str | None:
        """A follow-up made to stand alone: see `bot.writing.rewrite`."""
        return standalone(self._model, question, history, seconds)

    def write(
        self,
        asked: str,
        question: Question,
        selection: Selection,
        passages: Sequence[RankedPassage],
        seconds: float,
    ) -> list[AnswerPart] | Verdict | None:
        """The parts of a verified answer; "declined" when the model says that there is none, "not verified" when the quoted
        sentences are the better one; None when the model was not asked or gave nothing within `seconds`."""
        sources = choose_sources(selection, passages)
        reads_well = self.reads_well  # it may be found out meanwhile
        if not sources or (not reads_well and _translates(question.language, sources)):
            return None
        try:
            messages = writing_messages(
                asked, question.language, sources, selection.is_list, may_decline=reads_well
            )
            output = complete(self._model, messages, seconds)
        except ModelFailure as failure:
            report(failure)
            return None
        if reads_well and declines(output):
            return "declined"
        statements = parse(output)
        written = self._review(statements, question, selection, sources, reads_well)
        return written or ("not verified" if _rests_on(statements, sources, selection.sentences[0]) else None)

    def _review(
        self,
        statements: Sequence[DraftStatement],
        question: Question,
        selection: Selection,
        sources: Sequence[Source],
        reads_well: bool,
    ) -> list[AnswerPart]:
        """What a model's statements are worth: see `write`."""
        places = [Place(source.document, number) for source in sources for number in source.numbers]
        verifier = Verifier(self._library, list(dict.fromkeys(places)))
        verified = [
            found
            for statement in statements
            if (found := _verify(statement, question.language, verifier, sources))
        ]
        chosen = [Place(each.document, each.number) for each in selection.sentences]
        if selection.is_list:
            verified = _completed(verified, chosen)
        else:
            is_whole = reads_well and len(verified) == len(statements)
            needed = _used(verified, question) if is_whole and not _compares(question) else []
            if not _carries(verified, question, needed or _needed(question, selection)):
                verified = []
        return list(_parts(verified, question.language))


def _translates(language: Language, sources: Sequence[Source]) -> bool:
    """Whether an answer would be a translation: what a model turns round in one, words alone do not show."""
    return any((script_of(source.text) == "en") != (language == "en") for source in sources)


def _verify(
    statement: DraftStatement, language: Language, verifier: Verifier, sources: Sequence[Source]
) -> Verified | None:
    if (script_of(statement.text) == "en") != (language == "en"):
        return None
    if language == "en" and _UNTRANSLATED.search(statement.text):
        return None
    text = _in_script(statement.text, language)
    if sum(word.weight for word in words(text, fold(text))) < _LEAST_WORDS:
        return None
    cited = {
        Place(sources[n - 1].document, number)
        for n in statement.cited
        if 1 <= n <= len(sources)
        for number in sources[n - 1].numbers
    }
    places = verifier.support(text, cited)
    return _without_slips(Verified(text, places, statement.is_item)) if places else None


def _without_slips(statement: Verified) -> Verified:
    """An item that all but copies its source, as the source has it: what differs is a slip of the pen."""
    if len(statement.places) > 1 or not statement.is_item:
        return statement
    document, number = statement.places[0].document, statement.places[0].number
    written, said = map(without_bullet, (fold(statement.text), document.index_quote(number)))
    if not _COPIED <= SequenceMatcher(None, written, said, autojunk=False).ratio() < 1:
        return statement
    return replace(statement, text=document.quote(number), is_quote=True)


def _in_script(text: str, language: Language) -> str:
    if language == "en":
        return text
    return traditionalize(text) if language == "zh-Hant" else simplify(text)


def _completed(verified: Sequence[Verified], chosen: Sequence[Place]) -> list[Verified]:
    """A list in its source's order, the items that the model lost quoted; nothing when it lost most."""
    by_place: dict[Place, list[Verified]] = {place: [] for place in chosen}
    for each in verified:
        if len(each.places) == 1 and each.places[0] in by_place and _is_whole(each):
            by_place[each.places[0]].append(each)
    lead, items = _split_lead(chosen)
    kept = sum(bool(by_place[place]) for place in items)
    if kept < _LEAST_KEPT * len(items):
        return []
    completed: list[Verified] = []
    for place in chosen:
        written = by_place[place] or [
            Verified(place.document.quote(place.number), (place,), is_item=True, is_quote=True)
        ]
        completed += [replace(each, is_item=place != lead) for each in written]
    return completed


def _is_whole(item: Verified) -> bool:
    """Whether a written item keeps most words of each part of its source's first clause, which says what the item is."""
    place = item.places[0]
    first, written = _CLAUSE_END.split(place.document.quote(place.number))[0], Text(fold(item.text))
    for part in _PART_END.split(first):
        needed = words(part, fold(part))
        kept = sum(word.weight for word in needed if written.has(word))
        if kept < _WHOLE * sum(word.weight for word in needed):
            return False
    return True


def _split_lead(chosen: Sequence[Place]) -> tuple[Place | None, Sequence[Place]]:
    first = chosen[0]
    return (first, chosen[1:]) if is_lead_in(first.document, first.number) else (None, chosen)


def _needed(question: Question, selection: Selection) -> list[Place]:
    """The best of the chosen sentences, and those about as likely to answer: the quoted answer has them all,
    and must not be the more accurate one. A comparison needs each."""
    likely = 0.0 if _compares(question) else _AS_LIKELY * selection.sentences[0].share
    return [Place(each.document, each.number) for each in selection.sentences if each.share >= likely]


def _used(verified: Sequence[Verified], question: Question) -> list[Place]:
    """The first sentence that statements rest on, if they have what the question asks for: a model that reads well knows
    which one answers."""
    written = fold("\n".join(each.text for each in verified))
    if not could_answer(question, written, fit(question, written)):
        return []
    return [place for each in verified for place in each.places][:1]


def _compares(question: Question) -> bool:
    return question.compares or len(question.years) > 1


def _rests_on(statements: Sequence[DraftStatement], sources: Sequence[Source], best: ScoredSentence) -> bool:
    """Whether a statement names the source that the best sentence is of."""
    cited = {n for statement in statements for n in statement.cited}
    return any(
        source.document.version == best.document.version and best.number in source.numbers
        for n, source in enumerate(sources, 1)
        if n in cited
    )


def _carries(verified: Sequence[Verified], question: Question, chosen: Sequence[Place]) -> bool:
    """Whether statements rest on every needed sentence (or name whom it names, where a person is asked for),
    and say the numbers that are asked for."""
    cited = {place for each in verified for place in each.places}
    if not verified or not all(place in cited or _names(verified, question, place) for place in chosen):
        return False
    if question.type not in _NUMERIC:
        return True
    written = find_facts("\n".join(fold(each.text) for each in verified))
    best = chosen[0].document.index_quote(chosen[0].number)
    asked = find_facts("\n".join(_asked_clauses(best, question)))
    dates = {(moment.month, moment.day) for moment in written.moments}
    return (
        {number.value for number in asked.numbers} <= {number.value for number in written.numbers}
        and (question.type != "when" or {(m.month, m.day) for m in asked.moments} <= dates)
        and set(asked.times) <= set(written.times)
    )


def _names(verified: Sequence[Verified], question: Question, place: Place) -> bool:
    if question.type != "who":
        return False
    named = Text(place.document.index_quote(place.number))
    people = [word for each in verified for word in words(each.text, fold(each.text)) if word.is_person]
    return any(named.has(word) for word in people)


def _asked_clauses(best: str, question: Question) -> list[str]:
    """The clauses of the best sentence that speak of what is asked; all when none does by its words."""
    clauses = re.split(r"[,;:。](?!\d)", best)
    terms = [word for term in question.terms for word in term.words]
    return [clause for clause in clauses if any(term in clause for term in terms)] or clauses


def _parts(verified: Sequence[Verified], language: Language) -> Iterator[AnswerPart]:
    numbers: dict[Place, int] = {}
    previous: Verified | None = None
    for each in verified:
        citations: list[Citation] = []
        for place in each.places:
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                citations.append(cite(place.document, place.number, numbers[place]))
        marks = "".join(f"[{numbers[place]}]" for place in each.places)
        yield AnswerPart(
            text=f"{_before(previous, each)}{escape_markdown(each.text)}{_original(each, language)} {marks}",
            citations=citations,
        )
        previous = each


def _before(previous: Verified | None, each: Verified) -> str:
    bullet = "- " if each.is_item else ""
    if previous is None:
        return bullet
    if each.is_item:
        return ("\n" if previous.is_item else "\n\n") + bullet
    return "\n\n"


def _original(each: Verified, language: Language) -> str:
    """The source's own words beside a statement in another language, for whoever can read both."""
    quotes = [place.document.quote(place.number) for place in each.places]
    foreign = [quote for quote in quotes if (script_of(quote) == "en") != (language == "en")]
    if each.is_quote or not foreign:
        return ""
    return _QUOTED[language].format(escape_markdown(" ".join(foreign)))
