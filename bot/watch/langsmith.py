"""LangChain can send all that it does to LangSmith: here it does not, unless it is asked for by our own name."""

from collections.abc import MutableMapping

_ALLOWED = "HUIWEN_LANGSMITH"


def keep_langsmith_off(environment: MutableMapping[str, str]) -> None:
    """Take out what turns LangSmith's tracing on, unless HUIWEN_LANGSMITH is true; before LangChain is imported.

    Questions and documents would leave the machine because of a variable that was set for another program.
    """
    if environment.get(_ALLOWED, "").lower() == "true":
        return
    for product in ("LANGSMITH", "LANGCHAIN"):
        for switch in ("TRACING", "TRACING_V2"):
            environment.pop(f"{product}_{switch}", None)
