"""Near copies: how much of a document's wording stands in another one, whatever script, format or name it has."""

from zlib import crc32

import numpy as np
import numpy.typing as npt

from ingest.document import Document

_SHINGLE = 9  # characters
_SAMPLE = 4  # one shingle in so many is kept: the same ones in every document (Broder 1997)
# Over corpus/ (23 documents, some of them editions of one another) two documents have at most .22 in common; a
# copy has at least .78 in the other script, .74 without its last seventh, .53 with every 50th character misread.
COPY = 0.4

Sketch = npt.NDArray[np.uint32]


def sketch(document: Document) -> Sketch:
    """Sorted hashes of a sample of the shingles of a document's sentences, letters and digits only."""
    hashes: set[int] = set()
    for number in range(len(document.sentences)):
        letters = "".join(filter(str.isalnum, document.index_quote(number)))
        for start in range(max(1, len(letters) - _SHINGLE + 1)):
            hashes.add(crc32(letters[start : start + _SHINGLE].encode()))
    sample = {value for value in hashes if value % _SAMPLE == 0}
    return np.array(sorted(sample or hashes), dtype=np.uint32)  # a few words may have none in the sample


def resemblance(first: Sketch, second: Sketch) -> float:
    """The share of shingles that the two have in common, of those of either (Jaccard), from 0 to 1."""
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / max(len(first) + len(second) - common, 1)
