"""What the desk refuses to do, said in the language of whoever asked for it."""

from bot.desk.texts import TEXTS
from ingest.errors import HuiwenError
from ingest.fold import Language


class DeskError(HuiwenError):
    """A refusal; `key` names its text in texts.tsv, after "error."."""

    def __init__(self, key: str, **values: str) -> None:
        self.key = key
        self._values = values
        super().__init__(f"{self.told('en')} / {self.told('zh-Hans')}")

    def told(self, language: Language) -> str:
        """The message in one language."""
        return TEXTS[language][f"error.{self.key}"].format(**self._values)
