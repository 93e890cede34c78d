"""docs/API.md is run, and /api/openapi.json says what the server does."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from service import Service, services

from bot.answer import Answerer
from ingest.document import KINDS
from ingest.library import Library

GUIDE = (Path(__file__).parent.parent / "docs" / "API.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```bash\n(.*?)```\n\n```(json|text)\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def service(sample: Answerer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    assert isinstance(sample.library, Library)
    for serve in services(sample.library, tmp_path_factory):
        yield serve()


@pytest.fixture(scope="module")
def run(service: Service) -> Callable[[str], str]:
    """Runs an example as a reader would, in a shell."""
    environment = {**os.environ, "HUIWEN": service.url, "TOKEN": service.token("member"), "NO_PROXY": "*"}

    def run_(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_


def assert_has_form_of(shown: Any, real: Any, place: str = "") -> None:
    """Whatever the guide shows is there, and of the same kind."""
    if isinstance(shown, dict):
        assert isinstance(real, dict) and shown.keys() <= real.keys(), (place, real)
        for key, value in shown.items():
            assert_has_form_of(value, real[key], f"{place}.{key}")
    elif isinstance(shown, list):
        assert isinstance(real, list) and (real or not shown), (place, real)
        if shown:
            assert_has_form_of(shown[0], real[0], f"{place}[0]")
    elif shown is not None and real is not None:
        assert isinstance(real, type(shown)) or {type(real), type(shown)} == {int, float}, (place, real)


def test_the_guide_names_every_kind() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in GUIDE] == []


def test_the_guide_has_its_examples() -> None:
    assert len(EXAMPLES) == GUIDE.count("```bash") == 5


@pytest.mark.parametrize(("command", "kind", "shown"), EXAMPLES)
def test_an_example_of_the_guide_does_what_it_shows(
    run: Callable[[str], str], command: str, kind: str, shown: str
) -> None:
    printed = run(command)
    if kind == "json":
        assert_has_form_of(json.loads(shown), json.loads(printed))
    else:  # the kinds of events of a stream, in their order
        kinds = [line for line in printed.splitlines() if line.startswith("event: ")]
        assert list(dict.fromkeys(kinds)) == shown.split("\n")[:-1]


def test_a_token_that_is_not_valid_is_refused_as_the_guide_says(service: Service) -> None:
    answer = httpx.get(f"{service.url}/api/documents/x", headers={"Authorization": "Bearer hw_wrong"})
    assert answer.status_code == 401 and answer.json().keys() == {"detail"}


def test_the_description_tells_of_tokens_errors_and_streaming(service: Service) -> None:
    description = httpx.get(f"{service.url}/api/openapi.json").json()
    (scheme,) = description["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for path, operations in description["paths"].items():
        assert path.startswith("/api/")
        for operation in operations.values():
            assert operation["security"] and operation["summary"]
            assert {"401", "403", "422", "503"} <= operation["responses"].keys()
    stream = description["paths"]["/api/ask"]["post"]["responses"]["200"]["content"]["text/event-stream"]
    for event in ("`part`", "`answer`", "`error`"):
        assert event in stream["schema"]["description"]
