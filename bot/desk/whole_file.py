"""Writing a file of the desk so that a reader finds what was there before or all that is new."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text file in one step. Raises OSError, and leaves what was there."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
