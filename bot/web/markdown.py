"""Text of documents inside Markdown: shown letter by letter, never markup."""

import re

# The last three are what GitHub's dialect makes links of: addresses without any brackets.
_MARKUP = re.compile(r"[\\`*_\[\]<>#|~$&]|:(?=//)|(?<=www)\.|@", re.IGNORECASE)
_BLOCK_MARKER = re.compile(r"^(\d+)([.)])|^([-+=])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def escape_markdown(text: str) -> str:
    """One line of text as Markdown that still reads well as plain text: with as few backslashes as do."""
    escaped = _MARKUP.sub(lambda match: f"\\{match[0]}", text)
    return _BLOCK_MARKER.sub(lambda match: f"{match[1] or ''}\\{match[2] or match[3]}", escaped)


def unescape_markdown(markdown: str) -> str:
    """What a reader of escaped text sees."""
    return _ESCAPED.sub(r"\1", markdown)
