"""Chinese names that an English question writes in pinyin: "Lin Jiahe" for 林嘉和."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import product

# The most usual ones, of one character.
FAMILY_NAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦"
    "付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温庄柴俞柳涂章楚岳欧"
)
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_POSSESSIVE = re.compile(r"'s?(?![a-z])")
_LONGEST_SYLLABLE = 6
_ROWS, _CELLS = range(0xB0, 0xF8), range(0xA1, 0xFF)  # where GB 2312 has characters
_SHORTEST_ALONE = 5  # letters of a word that may be a name without a family name beside it

# Which of these strings of two characters the documents have.
Standing = Callable[[Sequence[str]], Collection[str]]


def names_in(index: str, unknown: Collection[str], standing: Standing) -> list[tuple[str, ...]]:
    """For each name in a folded English question: as it stands there, and what it may be in Chinese.

    A name is a family name and one or two more syllables, in either order, or a word of `unknown` that is two syllables.
    What the documents do not have, by `standing`, it cannot be.
    """
    named = cache(lambda *words: _name(words, unknown, standing))  # each is a search
    words = [_POSSESSIVE.sub("", word) for word in _WORD.findall(index)]
    found: list[tuple[str, ...]] = []
    position = 0
    while position < len(words):
        size, chinese = named(*words[position : position + 3])
        if chinese:
            found.append((" ".join(words[position : position + size]), *chinese))
        position += size
    return list(dict.fromkeys(found))


def _name(words: Sequence[str], unknown: Collection[str], standing: Standing) -> tuple[int, list[str]]:
    """How many of the words, from the first on, are a name, and its Chinese; none where they are no name."""
    for size in (3, 2):
        if len(words) < size or not any(word in unknown for word in words[:size]):
            continue
        for family, given in ((words[0], words[1:size]), (words[size - 1], words[: size - 1])):
            if chinese := _full_names(family, given, standing):
                return size, chinese
    if words[0] in unknown and len(words[0]) >= _SHORTEST_ALONE:
        return 1, sorted({pair for one, two in _pairs(words[0]) for pair in _standing(one, two, standing)})
    return 1, []


def _full_names(family: str, given: Sequence[str], standing: Standing) -> list[str]:
    families = [char for char in _characters().get(family, "") if char in FAMILY_NAMES]
    if not families:
        return []
    parts = [*_syllables("".join(given))] if len(given) == 1 else [tuple(given)]
    names: set[str] = set()
    for syllables in parts:
        begun = _standing(families, _characters().get(syllables[0], ""), standing)
        for after in syllables[1:]:
            ends = _standing({name[-1] for name in begun}, _characters().get(after, ""), standing)
            begun = {name + end[1] for name in begun for end in ends if name[-1] == end[0]}
        names |= begun
    return sorted(names)


def _standing(ones: Collection[str], others: Collection[str], standing: Standing) -> set[str]:
    return set(standing([one + other for one, other in product(ones, others)]))


def _pairs(word: str) -> Iterator[tuple[str, str]]:
    for syllables in _syllables(word):
        if len(syllables) == 2:
            yield _characters()[syllables[0]], _characters()[syllables[1]]


def _syllables(word: str) -> Iterator[tuple[str, ...]]:
    """The ways to read a word as one or two syllables."""
    letters, known = re.sub("['-]", "", word), _characters()
    if letters in known:
        yield (letters,)
    for cut in range(1, min(len(letters), _LONGEST_SYLLABLE + 1)):
        if letters[:cut] in known and letters[cut:] in known:
            yield letters[:cut], letters[cut:]


@cache
def _characters() -> dict[str, str]:
    """The usual characters, those of GB 2312, of each syllable; ü is u."""
    from pypinyin.constants import PINYIN_DICT

    found: defaultdict[str, str] = defaultdict(str)
    for row, cell in product(_ROWS, _CELLS):
        if char := bytes([row, cell]).decode("gb2312", errors="ignore"):
            for syllable in {_plain(reading) for reading in PINYIN_DICT[ord(char)].split(",")}:
                found[syllable] += char
    return dict(found)


def _plain(reading: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", reading) if char.isascii())
