"""Dockerfile and compose.yaml against the code they are made for. They are read here, and what the build unpacks is run."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bot.access.rules import find_need
from ingest.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_only_huiwen_is_reached_from_outside_and_chroma_has_no_way_out() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["huiwen"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["huiwen"]["ports"])
    (network,) = SERVICES["chroma"]["networks"]
    assert COMPOSE["networks"][network] == {"internal": True}
    assert network in SERVICES["huiwen"]["networks"]


def test_huiwen_looks_for_chroma_where_it_listens() -> None:
    address = urlsplit(SERVICES["huiwen"]["environment"]["HUIWEN_CHROMA"])
    command = SERVICES["chroma"]["command"]
    assert address.hostname == "chroma" and str(address.port) == command[command.index("--port") + 1]


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"HUIWEN_[A-Z_]+", DOCKERFILE + str(SERVICES["huiwen"]))))
)
def test_every_setting_of_the_container_is_one(name: str) -> None:
    assert name == "HUIWEN_PORT" or name.removeprefix("HUIWEN_").lower() in Settings.model_fields


def test_every_setting_comes_from_a_file_beside_but_where_things_are_in_the_image() -> None:
    assert SERVICES["huiwen"]["env_file"] == [{"path": ".env", "required": False}]
    fixed = SERVICES["huiwen"]["environment"]
    assert set(fixed) == {"HUIWEN_HOME", "HUIWEN_CACHE", "HUIWEN_CHROMA"}
    for name in ("HUIWEN_HOME", "HUIWEN_CACHE"):
        assert f"{name}={fixed[name]} " in DOCKERFILE.replace("\n", " ")
    assert not any("env_file" in service for name, service in SERVICES.items() if name != "huiwen")


def test_the_image_runs_as_nobody_in_particular_and_asks_for_its_health_where_everybody_may() -> None:
    steps = DOCKERFILE.splitlines()
    assert "USER huiwen" in steps and steps.index("USER huiwen") < steps.index("VOLUME /data")
    (path,) = re.findall(r"urlopen\('http://127\.0\.0\.1:7860([^']+)'", DOCKERFILE)
    assert find_need("GET", path) == "open"


def test_what_a_question_needs_is_unpacked_when_the_image_is_built(
    sample_home: Path, tmp_path: Path, huiwen: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """In the image nobody may write to that folder."""
    cache = tmp_path / "models"
    (code,) = re.findall(r'-c "([^"]*/opt/models[^"]*)"', DOCKERFILE)
    unpack = code.replace("\\\n", "").replace("/opt/models", str(cache))
    subprocess.run([sys.executable, "-c", unpack], check=True, cwd=ROOT)
    unpacked = sorted(cache.iterdir())
    asked = huiwen(sample_home, "ask", "Which umbrella was purchased?", HUIWEN_CACHE=str(cache))
    assert asked.returncode == 0, asked.stderr
    assert sorted(cache.iterdir()) == unpacked


def test_the_image_has_every_package_and_the_builder_nothing_else() -> None:
    copied = {
        path for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.M) for path in line.split()
    }
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert copied == packages | {"pyproject.toml", "constraints.txt"}
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in allowed if line.startswith("!")} == copied
