"""What staff read on the desk, in three languages; texts.tsv has the Simplified Chinese and the English words."""

import csv
from importlib.resources import files

from opencc import OpenCC

from bot.access.texts import TEXTS as ACCESS_TEXTS
from bot.web.texts import TEXTS as CHAT_TEXTS
from ingest.fold import Language

_TAIWAN = str.maketrans("“”", "「」")


def _read() -> dict[Language, dict[str, str]]:
    lines = files("bot.desk").joinpath("texts.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    convert = OpenCC("s2tw").convert
    simplified = {row["key"]: row["zh-Hans"] for row in rows}
    return {
        "zh-Hans": simplified,
        # One spelling of 發佈, which the converter has both of.
        "zh-Hant": {
            key: convert(words).translate(_TAIWAN).replace("發布", "發佈")
            for key, words in simplified.items()
        },
        "en": {row["key"]: row["en"] for row in rows},
    }


def _shared(language: Language) -> dict[str, str]:
    """What the desk calls as the chat and the login page do."""
    kinds = {key: words for key, words in CHAT_TEXTS[language].items() if key.startswith("kind.")}
    return kinds | dict.fromkeys(("column.user", "user.name"), ACCESS_TEXTS[language]["name"])


TEXTS: dict[Language, dict[str, str]] = {
    language: words | _shared(language) for language, words in _read().items()
}
