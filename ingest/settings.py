"""Settings from the environment or `.env`, all named HUIWEN_*."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One value object, made where a program starts and passed on from there.

    `home` holds everything stored; `cache` the unpacked embedding model, which every home can share.
    `embedding_model` is a sentence-transformers name or folder; empty means the bundled model.
    """

    model_config = SettingsConfigDict(env_prefix="HUIWEN_", env_file=".env", extra="ignore")

    home: Path = Path("data")
    cache: Path = Path("~/.cache/huiwen")
    embedding_model: str = ""
