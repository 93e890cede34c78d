"""What the desk refuses to do, said in the language of whoever asked for it."""

from ingest.errors import HuiwenError


class DeskError(HuiwenError):
    """A refusal whose words stand in `texts` under `key`, with `values` to fill in."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = f"error.{key}"
        self.values = values
