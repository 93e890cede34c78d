"""Settings from the environment or `.env`, all named HUIWEN_*."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest.errors import HuiwenError


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(error) from error


Folder = Annotated[Path, AfterValidator(_expanded)]
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

    model_config = SettingsConfigDict(
        env_prefix="HUIWEN_", env_file=".env", env_file_encoding="utf-8-sig", extra="ignore"
    )

    home: Folder = Path("data")
    cache: Folder = Path("~/.cache/huiwen")
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

    def __init__(self, **values: Any) -> None:
        """Raises HuiwenError for what is no such setting."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            raise HuiwenError(
                f"The setting HUIWEN_{str(first['loc'][0]).upper()} cannot be used ({first['msg']}): correct it in the "
                "environment or in the file .env. / 这项设置的值无效，请在环境变量或 .env 文件中改正。"
            ) from error
        except UnicodeDecodeError as error:
            raise HuiwenError(
                "The file .env is not in UTF-8: save it as UTF-8. / .env 文件编码有误，请另存为 UTF-8 编码。"
            ) from error
