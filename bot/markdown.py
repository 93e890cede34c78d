"""Text of documents inside Markdown: shown letter by letter, never markup."""

import re

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$&])")
_BLOCK_MARKER = re.compile(r"^(\d+)([.)])|^([-+=])")


def escape_markdown(text: str) -> str:
    """One line of text as Markdown that still reads well as plain text: with as few backslashes as do."""
    escaped = _MARKUP.sub(r"\\\1", text)
    return _BLOCK_MARKER.sub(lambda match: f"{match[1] or ''}\\{match[2] or match[3]}", escaped)
