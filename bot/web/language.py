"""Which language to speak to a visitor in."""

from ingest.fold import Language, traditionalize


def interface_language(*choices: str | None, accept_language: str | None) -> Language:
    """The first of `choices` that names one of our languages, else the browser's first known one.

    `accept_language` is the header of that name; without anything known, English.
    """
    for choice in choices:
        language = _known_language(choice or "")
        if language:
            return language
    for tag in _by_preference(accept_language or ""):
        language = _known_language(tag)
        if language:
            return language
    return "en"


def half_of(message: str, language: Language) -> str:
    """Of a message "English. / 中文。" what is in a language; one that has no halves, as it is."""
    english, _, chinese = message.partition(" / ")
    if language == "en" or not chinese:
        return english
    return traditionalize(chinese) if language == "zh-Hant" else chinese


def _by_preference(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for item in accept_language.split(","):
        tag, _, weight = "".join(item.lower().split()).partition(";q=")
        try:
            weighted.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _known_language(tag: str) -> Language | None:
    subtags = tag.lower().split("-")
    if subtags[0] == "en":
        return "en"
    if subtags[0] != "zh":
        return None
    traditional = {"hant", "tw", "hk", "mo"} & set(subtags) and "hans" not in subtags
    return "zh-Hant" if traditional else "zh-Hans"
