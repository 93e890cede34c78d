"""Which documents a member wants an answer from: of some years, of some kinds."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.catalogue import DocumentInfo
from ingest.metadata import find_years, year_of


@dataclass(frozen=True)
class Scope:
    """Documents that cover one of `years` and are of one of `kinds`; nothing given means any."""

    years: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()

    def names(self, infos: Iterable[DocumentInfo]) -> frozenset[str] | None:
        """The names of those documents; None when every document will do."""
        if not self.years and not self.kinds:
            return None
        return frozenset(info.name for info in infos if self._admits(info))

    def _admits(self, info: DocumentInfo) -> bool:
        of_years = not self.years or not self.years.isdisjoint(info.years)
        return of_years and (not self.kinds or info.kind in self.kinds)


EVERYTHING = Scope()


def years_offered(infos: Iterable[DocumentInfo]) -> list[int]:
    """The years to choose from, newest first: those by which documents are known, not all that they speak of."""
    known = {
        year
        for info in infos
        for year in info.years
        if (info.date and year == year_of(info.date)) or year in find_years(info.title)
    }
    return sorted(known, reverse=True)
