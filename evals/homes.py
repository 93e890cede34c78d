"""Homes that are made for one measurement and thrown away after it."""

from pathlib import Path

from pydantic import SecretStr

from ingest.settings import Settings


def temporary_settings(home: Path) -> Settings:
    """The settings in use, for a home that is thrown away."""
    # Vectors on a shared Chroma server would stay there for ever: they are in the folder, and go with it.
    return Settings(home=home, chroma=SecretStr(""))
