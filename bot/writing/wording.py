"""The words of a statement, and whether a source has them: in either script, in the other language, in pinyin."""

import re
from dataclasses import dataclass
from functools import cached_property

from bot.words.glossary import Glossary
from bot.words.names import FAMILY_NAMES
from ingest.fold import is_han
from ingest.numerals import MONTHS
from ingest.tokens import tagged_words

# What a word of each part of speech weighs when it is not in the source; what is not listed states nothing.
_WEIGHTS = (
    dict.fromkeys(("n", "j", "l", "i", "eng", "vn"), 1.0)
    | dict.fromkeys("vabtszq", 0.6)
    | {"d": 0.3, "vi": 0.6, "x": 1.0}
)
_NAMES = ("nr", "ns", "nt", "nz")
_FRAME = frozenset(
    """不能 不得 不可 没有 可以 能 能够 是 有 为 在 由 等 共 共有 进行 包括 分别 如下 以下 以及 主要 其中 根据 属于 位于 担任 表示 称 即 也 都 还 并 将 已 可 会 使 让 把 被 来 去 到 从 对 向 与 和
    获得 得到 达到 需要 需 应 作为 成为 实现 拥有 目前 现在 该 此 一共 总共 为了 通过 具体 情况 内容 年度 本会 商会""".split()
)
_PLACE_ENDINGS = frozenset("市县省区州港路镇乡村厦城")
_JOINERS = re.compile(r"(?<![自理])由|是|与")
_LATIN = re.compile(r"[a-z]+(?:-[a-z]+)*")
_CAPITAL = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][A-Za-z-]+")


@dataclass(frozen=True)
class Word:
    """A content word: what may stand for it in a source, what it weighs, whether it is a proper name."""

    forms: tuple[str, ...]
    weight: float
    is_name: bool = False
    is_person: bool = False


class Text:
    """Folded text of a source, searchable for words of either language."""

    def __init__(self, index: str) -> None:
        self.index = index

    @cached_property
    def _translations(self) -> str:
        """The Chinese words for its English terms."""
        terms = Glossary.load().translate_terms(self.index)
        return " ".join(word for term in terms if term[0].isascii() for word in term[1:])

    @cached_property
    def _syllables(self) -> tuple[str, ...]:
        from pypinyin import lazy_pinyin

        return tuple(lazy_pinyin(self.index, errors=lambda _: "|"))

    def has(self, word: Word) -> bool:
        """Whether it has the word, its translation, or its reading."""
        return any(self._has(form) for form in word.forms)

    def _has(self, form: str) -> bool:
        if is_han(form[0]):
            if form in self.index or form in self._translations:
                return True
            pairs = [form[at : at + 2] for at in range(len(form) - 1)]
            return len(form) > 2 and all(pair in self.index for pair in pairs)
        if re.search(rf"\b{re.escape(_stem(form))}", self.index):
            return True
        return self._reads(form.replace(" ", "").replace("-", ""))

    def _reads(self, latin: str) -> bool:
        """Whether a run of its characters is read so."""
        syllables = self._syllables
        for start in range(len(syllables)):
            rest = latin
            for syllable in syllables[start:]:
                if not rest.startswith(syllable):
                    break
                rest = rest[len(syllable) :]
                if not rest:
                    return True
        return False


def words(text: str, index: str) -> list[Word]:
    """The content words of a statement; `index` is its folded text."""
    return _chinese_words(index) + _english_words(text, index)


def _chinese_words(index: str) -> list[Word]:
    found = []
    for word, tag in _tagged(index):
        weight = _WEIGHTS.get(tag, _WEIGHTS.get(tag[0], 0.0))
        if not is_han(word[0]) or (len(word) == 1 and (word in _FRAME or not weight)):
            continue
        if word in _FRAME:
            weight = 0.0
        is_name = tag[:2] in _NAMES and len(word) > 1
        forms = (word, _reading(word)) if is_name else (word,)
        found.append(Word(forms, weight * len(word), is_name, is_name and tag[:2] == "nr"))
    return found


def _tagged(index: str) -> list[tuple[str, str]]:
    """The words of folded text with their tags, personal names whole and tagged "nr"."""
    tagged = tagged_words(_JOINERS.sub(lambda match: match[0] + ",", index))
    found: list[tuple[str, str]] = []
    for word, tag in tagged:
        before, before_tag = found[-1] if found else ("", "")
        if len(before) == 1 and before in FAMILY_NAMES and before_tag == "nr" and len(word) < 3:
            found[-1] = (before + word, "nr")
        else:
            found.append((word, "nr" if _is_full_name(word, tag) else tag))
    return found


def _is_full_name(word: str, tag: str) -> bool:
    # The segmenter takes many a full name for a place.
    return (
        len(word) == 3
        and tag[:2] in ("ns", "nt", "nz", "x", "j")
        and word[0] in FAMILY_NAMES
        and word[-1] not in _PLACE_ENDINGS
    )


def _reading(name: str) -> str:
    from pypinyin import lazy_pinyin

    family, *given = lazy_pinyin(name)
    return f"{family} {''.join(given)}".strip()


def _english_words(text: str, index: str) -> list[Word]:
    capitals = {match.lower() for match in _CAPITAL.findall(text)}
    own = [word for word in _LATIN.findall(index) if word not in MONTHS]  # dates are facts
    latin = re.sub(r"(?<=[a-z]{2})ies\b", "y", " ".join(own))
    found: list[Word] = []
    name: list[str] = []
    for term, *chinese in [*Glossary.load().translate_terms(latin), ("",)]:
        if term and not chinese and set(term.split()) & capitals:
            name.append(term)  # a personal name is several words, to be found together
            continue
        if name:
            orders = (" ".join(name), " ".join([name[-1], *name[:-1]]))
            found.append(Word(tuple(dict.fromkeys(orders)), 2.0, is_name=True, is_person=len(name) > 1))
            name = []
        if term:
            weight = 0.6 if term.endswith(("ed", "ing")) else 1.0
            found.append(Word((term, *chinese), 2 * weight, is_name=bool(set(term.split()) & capitals)))
    return found


def _stem(form: str) -> str:
    if form.endswith("y") and len(form) > 4:
        return form[:-1]  # company, companies
    for ending in ("ing", "ed", "es", "s"):
        if form.endswith(ending) and len(form) - len(ending) >= 4:
            return form[: -len(ending)]
    return form
