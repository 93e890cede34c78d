"""Settings from the environment or `.env`, all named HUIWEN_*."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Words = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(lambda value: value.replace(",", " ").split() if isinstance(value, str) else value),
]


class Settings(BaseSettings):
    """One value object, made where a program starts and passed on from there.

    `home` holds everything stored; `cache` the unpacked embedding model, which every home can share.
    `embedding_model` is a sentence-transformers name or folder; empty means the bundled model.
    `model` is a chat model as PROVIDER:NAME, `model_base_url` the address of its server if it is not the
    provider's own, `model_timeout` the seconds a written answer may take; empty means no chat model.
    `chroma` is the address of a Chroma server for the vectors, a secret because it may hold a password; empty
    means that they are kept in `home`.
    `require_login` closes the chat to whoever has no account; `session_secret` signs the cookies, where the
    key that the home keeps for itself will not do (several servers).
    `hosts` are the names by which programs reach the server, beside those of its own machine; `embed_origins`
    are the sites, as https://HOST, that may show the chat in a frame. Both with commas or spaces between.
    `contact` says whom members may ask what the documents do not say, such as "秘书处 0371-…".
    Providers' keys are no settings: each provider reads its own environment variable.
    """

    model_config = SettingsConfigDict(env_prefix="HUIWEN_", env_file=".env", extra="ignore")

    home: Path = Path("data")
    cache: Annotated[Path, AfterValidator(Path.expanduser)] = Path("~/.cache/huiwen")
    embedding_model: str = ""
    model: str = ""
    model_base_url: str = ""
    model_timeout: float = Field(default=20.0, gt=0)
    chroma: SecretStr = SecretStr("")
    contact: str = ""
    require_login: bool = False
    session_secret: SecretStr = SecretStr("")
    hosts: Words = ()
    embed_origins: Words = ()
