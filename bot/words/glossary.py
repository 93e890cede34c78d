"""Other words for a question's words: the glossary of the package, the staff's own, CC-CEDICT for English.

A glossary is a text file: terms of members, a tab or "=", words of the documents, commas between alternatives.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

from bot.words.dictionary import forms, senses
from ingest.errors import HuiwenError
from ingest.fold import fold, is_han
from ingest.tokens import segmenter, tagged_words

_log = logging.getLogger(__name__)

FILE_NAME = "glossary.tsv"
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*|[0-9]+|[\u3400-\u9fff]+")
_POSSESSIVE = re.compile(r"'s?(?![a-z])|'")
_SEPARATOR = re.compile(r"[,、;]")
_BETWEEN_SIDES = re.compile(r"[\t=＝]")  # the keyboard of a phone has no tab
_LONGEST_TERM = 5  # words
_STOP_WORDS = frozenset(
    """a an the of in on at to for by with from and or but if so is am are was were be been being do does did
    done doing has have had having what which who whom whose when where why how many much long often far
    soon there here it its this that these those i we you he she they them his her their theirs our your
    yours my mine me us him can could will would shall should may might must ought not no nor any all
    some both either neither none other another such same own about as into onto than then also too very
    just only even still yet already ever never always again once upon within without through throughout
    across among around out off up down over under after before since until till while during because
    though although however please kindly exactly precisely actually really currently now presently tell
    told show list give given gave name named names number numbers year years say said says get gets got
    end ended start started begin beginning call called calls people person persons thing things
    something anything someone anyone somebody anybody anywhere everyone everything most more less few
    each every per between against total totals altogether whole entire entirely according accordance
    regarding concerning respect related relation like want wants wanted wish wishes need needs needed
    know knows known think find found look looking see seen let lets make makes made take takes took
    taken go goes went gone come comes came put puts happen happens happened mean means meant mention
    mentioned mentions state stated describe described explain explained provide provided provides
    specify specified whether certain particular several various following followed follows respectively
    namely etc ie eg vs versus way ways case cases order kinds sort main mainly good well best better
    able possible possibly thanks thank hello hi dear sir madam ok okay yes s t d ll re ve m dont doesnt
    didnt isnt arent wasnt werent cant couldnt wont wouldnt whats whos wheres one ones two lot lots bit
    else anyway instead based available item items difference differences differ different differently
    compare compared comparison current latest recent recently today nowadays become became becomes
    becoming include includes included including involve involved involves relevant specific specifically
    approximately roughly detail details four five largest biggest highest greatest smallest lowest
    fewest least respective""".split()
)


def check_glossary(text: str) -> None:
    """Raises HuiwenError, which names the line, when `text` cannot be the staff's glossary."""
    _parse(text, FILE_NAME)


class Glossary:
    """Folded terms and the folded words of the documents for them. Terms with Chinese in them are looked for
    in Chinese questions, the others in English ones."""

    def __init__(self, lines: Sequence["_Line"]) -> None:
        words: defaultdict[str, dict[str, None]] = defaultdict(dict)
        plurals: dict[str, str] = {}
        for line in lines:
            for term in line.terms:
                words[term].update(dict.fromkeys(line.words))
            for plural in filter(line.is_plural, line.terms):
                plurals = dict.fromkeys((word for word in line.words if len(word) > 1), plural) | plurals
        self._words = {term: tuple(found) for term, found in words.items()}
        self._plurals = plurals
        self._lengths = {len(term) for term in self._words if not term.isascii()}
        self._official = frozenset(chain.from_iterable(self._words.values()))
        self._official_lengths = {len(word) for word in self._official} - {1}

    @classmethod
    def load(cls, home: Path | None = None) -> "Glossary":
        """The glossary in use: the package's and, when it is there, `home`/glossary.tsv on top of it.

        An edit takes effect with the next call. While the staff's file has a wrong line, the last good one
        stays in use, and the log says so once.
        """
        if home is None:
            return _packaged()
        stamp = _stamp(home / FILE_NAME)
        known_stamp, known = _loaded.get(home, (None, _packaged()))
        if stamp != known_stamp:
            try:
                known = cls.read(home)
            except HuiwenError as error:
                _log.warning("%s Until then the glossary stays as it was before that edit.", error)
            _loaded[home] = (stamp, known)
        return known

    @classmethod
    def read(cls, home: Path) -> "Glossary":
        """The same, read anew; a wrong line in the staff's file is an error that names it."""
        path = home / FILE_NAME
        own = _parse(read_text(path), str(path))
        removed = frozenset(chain.from_iterable(line.removed for line in own))
        return cls([*own, *(line.without(removed) for line in _package_lines())])

    def translate_terms(self, index: str) -> list[tuple[str, ...]]:
        """For each content term of an English question, longest first: itself, then Chinese words for it.

        The glossary comes before the dictionary; a term that neither knows stands alone.
        """
        words = _WORD.findall(_POSSESSIVE.sub("", index))
        terms: list[tuple[str, ...]] = []
        position = 0
        while position < len(words):
            size, chinese = self._longest(words[position : position + _LONGEST_TERM])
            parts, after = words[position].split("-"), words[position + 1 :]
            if not chinese and len(parts) > 1 and self._has_parts(parts, after):
                words[position : position + 1] = parts
            else:
                terms.append((" ".join(words[position : position + size]), *chinese))
                position += size
        return [term for term in terms if len(term) > 1 or term[0] not in _STOP_WORDS]

    def is_glossary_term(self, term: str) -> bool:
        """Whether the glossary says what an English term means."""
        return any(form in self._words for form in forms(_key(term)))

    def colloquial_terms(self, index: str) -> list[tuple[str, ...]]:
        """For each glossary term that stands in a Chinese question: itself, then the documents' words for it.

        Of terms that overlap the longest counts, and none that cuts an ordinary word of the question or one
        of the documents: 「单位」 is no term in 「主管单位」.
        """
        found = _occurrences(index, self._words, self._lengths)
        ordinary = [
            *_occurrences(index, self._official, self._official_lengths),
            *(_ordinary_words(index) if found else ()),
        ]
        taken: list[tuple[int, int]] = []
        for start, end in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
            is_free = all(end <= first or last <= start for first, last in taken)
            if is_free and not any(_cuts((start, end), word) for word in ordinary):
                taken.append((start, end))
        terms = dict.fromkeys(index[start:end] for start, end in sorted(taken))
        return [(term, *others) for term in terms if (others := [w for w in self._words[term] if w != term])]

    def english_for(self, index: str) -> str | None:
        """The English plural that the glossary gives for the longest of its Chinese words in a folded text."""
        word = max((word for word in self._plurals if word in index), key=len, default=None)
        return self._plurals[word] if word else None

    def _longest(self, words: Sequence[str]) -> tuple[int, tuple[str, ...]]:
        """How many of the words, from the first on, are a term, and the Chinese for it."""
        for size in range(len(words), 0, -1):
            if found := self._translate(words[:size]):
                return size, found
        return 1, ()

    def _has_parts(self, parts: Sequence[str], after: Sequence[str]) -> bool:
        """Whether each part of a hyphenated word is known, if only together with what comes after it: the second of
        "henan-hong kong"."""
        return all(
            part in _STOP_WORDS or self._longest([*parts[n:], *after][:_LONGEST_TERM])[1]
            for n, part in enumerate(parts)
        )

    def _translate(self, words: Sequence[str]) -> tuple[str, ...]:
        term = _key(" ".join(words))
        if found := tuple(dict.fromkeys(word for form in forms(term) for word in self._words.get(form, ()))):
            return found
        if words[0] in _STOP_WORDS or words[-1] in _STOP_WORDS or not words[0][0].isalpha():
            return ()
        return next(filter(None, map(senses, forms(term))), ())


@dataclass(frozen=True)
class _Line:
    """A line of a glossary: keys, the documents' words for them, keys whose packaged words are taken away."""

    terms: tuple[str, ...]
    words: tuple[str, ...]
    removed: tuple[str, ...] = ()

    def without(self, removed: frozenset[str]) -> "_Line":
        return _Line(tuple(term for term in self.terms if term not in removed), self.words)

    def is_plural(self, term: str) -> bool:
        """Whether an English term stands beside its own singular."""
        return term.endswith("s") and any(form in self.terms for form in forms(term) if form != term)


# The staff's glossary of each home, with the modification time and size of its file.
_loaded: dict[Path, tuple[tuple[int, int] | None, Glossary]] = {}


@cache
def _packaged() -> Glossary:
    return Glossary(_package_lines())


@cache
def _package_lines() -> list[_Line]:
    return _parse(files("bot.words").joinpath(FILE_NAME).read_text(encoding="utf-8"), FILE_NAME)


def read_text(path: Path) -> str:
    """The text of a glossary; empty when there is none. Raises HuiwenError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise HuiwenError(
            f"{path} cannot be read; is it UTF-8 text? / {path} 无法读取，是否为 UTF-8 文本？"
        ) from error


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _parse(text: str, source: str) -> list[_Line]:
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        left, *right = _BETWEEN_SIDES.split(line)
        terms, words = _entries(left), _entries(",".join(right))
        removed = tuple(_key(term[1:].strip()) for term in terms if term.startswith("-"))
        if not terms or (not words and len(removed) < len(terms)):
            raise HuiwenError(
                f"{source}, line {number}: write the members' words, a tab or =, and the documents' words."
                f" / 第 {number} 行：左边写会员的说法，中间用 Tab 或等号隔开，右边写文件里的说法。"
            )
        kept = tuple(_key(term.removeprefix("-").strip()) for term in terms) if words else ()
        lines.append(_Line(kept, words, removed))
    return lines


def _entries(side: str) -> tuple[str, ...]:
    """The folded entries of one side; empty ones are left out."""
    return tuple(entry for part in _SEPARATOR.split(fold(side)) if (entry := part.strip()))


def _key(term: str) -> str:
    """How a term is looked up: an English one without hyphens and possessives."""
    return _POSSESSIVE.sub("", term).replace("-", " ") if term.isascii() else term


def _occurrences(index: str, words: Container[str], lengths: Iterable[int]) -> list[tuple[int, int]]:
    """The spans in a text of those of the words that are no Latin ones."""
    return [
        (start, start + length)
        for start, char in enumerate(index)
        if not char.isascii()
        for length in lengths
        if start + length <= len(index) and index[start : start + length] in words
    ]


def _ordinary_words(index: str) -> list[tuple[int, int]]:
    """The spans of the words of a Chinese text that the segmenter's dictionary has."""
    spans, position = [], 0
    for word, _ in tagged_words(index):
        start = index.index(word, position)
        position = start + len(word)
        if len(word) > 1 and is_han(word[0]) and segmenter().has_word(word):
            spans.append((start, position))
    return spans


def _cuts(term: tuple[int, int], word: tuple[int, int]) -> bool:
    """Whether a term takes a part of a word that is no shorter, and leaves the rest."""
    (start, end), (first, last) = term, word
    overlaps = start < last and first < end
    return overlaps and (first < start or end < last) and last - first >= end - start
