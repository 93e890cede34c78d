"""What the bench asks. What it measures is no matter of the suite."""

from itertools import islice

from bot.question import understand
from bot.words.glossary import Glossary
from evals.bench.questions import questions
from ingest.settings import Settings


def test_questions_are_distinct_in_three_languages_and_the_same_in_every_run() -> None:
    asked = list(islice(questions(23), 300))
    assert len(set(asked)) == 300 and asked == list(islice(questions(23), 300))
    glossary = Glossary.load(Settings().home)
    understood = [understand(question, (), glossary) for question in asked]
    languages = [each.language for each in understood]
    assert all(languages.count(language) > 60 for language in ("zh-Hans", "zh-Hant", "en"))
    assert {"list", "when", "how_many", "how_much", "who"} <= {each.type for each in understood}
