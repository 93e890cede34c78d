"""What staff read on the desk, in three languages; texts.tsv has the Simplified Chinese and the English words."""

import csv
from importlib.resources import files

from bot.access.texts import TEXTS as ACCESS_TEXTS
from bot.web.texts import TEXTS as CHAT_TEXTS
from bot.web.traditional import in_traditional
from ingest.document import KINDS
from ingest.fold import Language


def _read() -> dict[Language, dict[str, str]]:
    lines = files("bot.desk").joinpath("texts.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    simplified = {row["key"]: row["zh-Hans"] for row in rows}
    return {
        "zh-Hans": simplified,
        "zh-Hant": in_traditional(simplified),
        "en": {row["key"]: row["en"] for row in rows},
    }


def _shared(language: Language) -> dict[str, str]:
    """What the desk calls as the chat and the login page do."""
    same = (*(f"kind.{kind}" for kind in KINDS), "sign_in", "signed_in_as", "reload")
    chat = {key: CHAT_TEXTS[language][key] for key in same}
    return chat | dict.fromkeys(("column.user", "user.name"), ACCESS_TEXTS[language]["name"])


TEXTS: dict[Language, dict[str, str]] = {
    language: words | _shared(language) for language, words in _read().items()
}
