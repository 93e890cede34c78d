"""What goes wrong around accounts, told in the language of whoever is asked to mend it."""

from ingest.errors import HuiwenError
from ingest.fold import Language


class AccessError(HuiwenError):
    """A name, password, link or token cannot be used; `key` names its text in bot/access/texts.py."""

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self._values = values
        super().__init__(f"{self.told('en')} / {self.told('zh-Hans')}")

    def told(self, language: Language) -> str:
        """The message in one language."""
        # They take time to be made, which a command without errors does not need.
        from bot.access.texts import TEXTS

        return TEXTS[language][self.key].format(**self._values)
