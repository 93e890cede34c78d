"""The bench: what it asks, and how its figures are drawn. What it measures is no matter of the suite."""

from itertools import islice
from xml.etree import ElementTree

from bot.question import understand
from bot.words.glossary import Glossary
from evals.bench.plot import draw
from evals.bench.questions import questions
from ingest.settings import Settings

SVG = "{http://www.w3.org/2000/svg}"


def test_questions_are_distinct_in_three_languages_and_the_same_in_every_run() -> None:
    asked = list(islice(questions(23), 300))
    assert len(set(asked)) == 300 and asked == list(islice(questions(23), 300))
    glossary = Glossary.load(Settings().home)
    understood = [understand(question, (), glossary) for question in asked]
    languages = [each.language for each in understood]
    assert all(languages.count(language) > 60 for language in ("zh-Hans", "zh-Hant", "en"))
    assert {"list", "when", "how_many", "how_much", "who"} <= {each.type for each in understood}


def measure(name: str, at: int | None, value: float, limit: float | None = None) -> dict[str, object]:
    return {"name": name, "at": at, "value": value, "unit": "ms", "limit": limit, "at_least": False}


def test_runs_of_several_sizes_are_one_plot_with_a_panel_for_each_measure() -> None:
    small = [measure("a question, median", 1000, 21), measure("huiwen --help", None, 0.3)]
    large = [measure("a question, median", 100_000, 43, 30), measure("a question, p95", 100_000, 87, 60)]
    drawn = ElementTree.fromstring(draw([{"measures": large}, {"measures": small}]))
    texts = [[text.text for text in panel.iter(f"{SVG}text")] for panel in drawn.iter(f"{SVG}g")]
    assert [panel[0] for panel in texts] == ["a question, median (ms)", "a question, p95 (ms)"]
    assert {"21", "43", "1,000", "100,000"} <= {*texts[0]} and {"87", "100,000"} <= {*texts[1]}
    limits = [line for line in drawn.iter(f"{SVG}line") if line.get("class") == "limit"]
    assert [line.findtext(f"{SVG}title") for line in limits] == ["≤ 30", "≤ 60"]
