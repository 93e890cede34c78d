"""Editions: documents that are versions of one text, and whether a later one has taken a document's place."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from ingest.catalogue import DocumentInfo
from ingest.fold import fold
from ingest.metadata import YEAR
from ingest.reader import Reader

_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_YEAR = re.compile(rf"{YEAR.pattern}年?度?")
_SESSION = re.compile(r"首届|第[一二三四五六七八九十\d]+届")
_REVISED = re.compile(r"修订|修正|修改|调整|新版|最新|revised|amended")
REPLACED_KINDS = ("rule", "charter")  # of other kinds, only one that calls itself revised replaces another


class Editions:
    """The documents of a library by the text that they are editions of, oldest first.

    Editions share a title, or staff have said that one supersedes the other. What has been written of another session,
    「首届…的通知」 and 「第二届…的通知」, compares with it, but takes nothing's place.
    """

    def __init__(self, infos: Sequence[DocumentInfo]) -> None:
        self._titled = _families(infos, stem)
        self._declared = {old: info for info in infos for old in info.supersedes if old in self._titled}
        self._family = _families(infos, lambda title: _SESSION.sub("", stem(title)))
        for old, new in self._declared.items():
            family = _in_order(
                {each.name: each for each in self._family[old] + self._family[new.name]}.values()
            )
            self._family |= {each.name: family for each in family}

    def family(self, name: str) -> list[DocumentInfo]:
        """Every edition of the text of document `name`, itself among them."""
        return self._family.get(name, [])

    def successor(self, name: str) -> DocumentInfo | None:
        """The newest document that has taken the place of document `name`; None while it is in force.

        What staff have declared goes before what the titles tell.
        """
        newest, passed = None, {name}
        while (newer := self._declared.get(name) or self._newer_edition(name)) and newer.name not in passed:
            newest, name = newer, newer.name
            passed.add(name)  # staff may have declared a circle
        return newest

    def replaces(self, name: str) -> bool:
        """Whether document `name` is in force in the place of an older one."""
        return any(newest.name == name for each in self.family(name) if (newest := self.successor(each.name)))

    def _newer_edition(self, name: str) -> DocumentInfo | None:
        family = self._titled.get(name, [])
        if len(family) < 2 or family[-1].name == name:
            return None
        newest = family[-1]
        replaces = newest.kind in REPLACED_KINDS or _REVISED.search(fold(newest.title))
        return newest if replaces and newest.date else None


def _families(infos: Iterable[DocumentInfo], shared: Callable[[str], str]) -> dict[str, list[DocumentInfo]]:
    """By a document's name those, itself among them, that share what `shared` makes of their titles."""
    titled: defaultdict[str, list[DocumentInfo]] = defaultdict(list)
    for info in infos:
        titled[shared(info.title)].append(info)
    return {info.name: _in_order(family) for family in titled.values() for info in family}


def _in_order(family: Iterable[DocumentInfo]) -> list[DocumentInfo]:
    return sorted(family, key=lambda each: (each.date or "", each.title))


def editions(library: Reader) -> Editions:
    """The editions of a library as it is now."""
    return library.derived("editions", lambda: Editions(library.documents()))


def stem(title: str) -> str:
    """What the titles of all editions share: the title without years, brackets and words of revision."""
    index = _YEAR.sub("", _BRACKETS.sub("", fold(title)))
    return _REVISED.sub("", index).strip()
