"""Whether the stores of a library agree with one another."""

from ingest.catalogue import SWEPT, WHOLE
from ingest.document import AUDIENCES, Audience
from ingest.embed import Vectors
from ingest.reader import NOT_WHOLE, Stores

_ROUNDING = 1e-3
_SAMPLE = 100  # vectors
# No edge of a graph may lead to one that is like few others (HNSW promises none), more often while two threads make it: of
# 100,000 sentences 2 in 3,000 were such, of a library in 40 its first.
_MOST_LOST = 0.1


def problems(stores: Stores) -> list[str]:
    """What disagrees, one sentence each; nothing when all is well. Nobody may write meanwhile. Raises LibraryError."""
    if stores.catalogue.meta(WHOLE) == "no":
        return [*stores.catalogue.problems(), *lost_originals(stores), NOT_WHOLE]
    known, stored = stores.catalogue.sentence_ids(), set(stores.vectors.ids())
    found = stores.catalogue.problems() + lost_originals(stores) + _search_problems(stores, known & stored)
    if missing := known - stored:
        names = ", ".join(sorted(_names(stores, {id_.rpartition(":")[0] for id_ in missing})))
        found.append(f"{len(missing)} sentences have no vector (of {names}): run `huiwen ingest rebuild`.")
    if orphans := stored - known:
        stores.catalogue.set_meta(SWEPT, "no")  # so that whoever next opens the library sweeps
        found.append(f"{len(orphans)} vectors belong to no document: the next command removes them.")
    return found


def _search_problems(stores: Stores, ids: set[str]) -> list[str]:
    """Whether the index of each audience finds what it holds."""
    generation, found = stores.catalogue.generation(), []
    sample = sorted(ids)[:: len(ids) // _SAMPLE + 1]
    for audience in AUDIENCES:
        held = stores.vectors.fetch(sample, generation, [audience])
        lost = [id_ for id_, vector in held.items() if not _is_found(stores, vector, generation, audience)]
        if len(lost) > _MOST_LOST * len(held):
            found.append(
                f"Of {len(held)} vectors {len(lost)} are not found by themselves, such as that of {lost[0]}: "
                "run `huiwen ingest rebuild`."
            )
    return found


def _is_found(stores: Stores, vector: Vectors, generation: int, audience: Audience) -> bool:
    hits = stores.vectors.search(vector, 1, generation, [audience])
    return bool(hits) and hits[0][1] >= float(vector @ vector) - _ROUNDING


def lost_originals(stores: Stores) -> list[str]:
    """Which files are no longer kept, one sentence each. Raises LibraryError."""
    originals = stores.catalogue.originals()
    lost = {name for digest, name in originals if digest and not stores.originals.path(digest, name)}
    return [
        f"The file of {name} is no longer kept: add it again. / “{name}”的原文件已丢失，请重新添加。"
        for name in sorted(lost)
    ]


def _names(stores: Stores, versions: set[str]) -> list[str]:
    return [info.name for info in stores.catalogue.infos(AUDIENCES) if info.version in versions]
