"""The journal of the web's answers: what it keeps, what it forgets."""

import sqlite3
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from access_site import MakeSite

from bot.answer import Answerer
from bot.events import Answer, Citation, Closest
from bot.journal import Feedback, Journal

DOCUMENT, NEAREST, SUCCESSOR = "章程.txt", "通知.txt", "新章程.txt"
QUOTE = "会费每年八百元"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def keep(journal: Journal, **changes: object) -> Answer:
    """An answer, kept."""
    citation = Citation(
        n=1, document=DOCUMENT, title="章程", date=None, page=None, quote=QUOTE, start=0, end=7
    )
    answer = Answer(
        question="那2022年呢？", language="zh-Hans", answer=f"{QUOTE} [1]", refused=False, confidence=0.9,
        mode="extractive", citations=[citation], timings_ms={},
    )  # fmt: skip
    (kept,) = journal.recorded(
        [answer.model_copy(update=changes)], ["有食堂吗？", "2023年会费是多少？"], "members"
    )
    assert isinstance(kept, Answer)
    return kept


def age(home: Path, days: int) -> None:
    """Make every answer in the journal of a home older."""
    with sqlite3.connect(home / "journal.sqlite") as connection:
        connection.execute("UPDATE answers SET asked_at = datetime(asked_at, ?)", (f"-{days} days",))


def test_an_answer_is_found_by_an_id_that_nobody_guesses(journal: Journal) -> None:
    first, second = keep(journal), keep(journal)
    assert first.id != second.id and min(len(first.id), len(second.id)) >= 22
    entry = journal.get(first.id)
    assert entry and entry.answer == first
    assert (entry.history, entry.clearance, entry.share_key) == (("2023年会费是多少？",), "members", None)
    assert journal.get("x" * 22) is None


def test_a_share_link_has_a_key_of_its_own_until_it_is_taken_back(journal: Journal) -> None:
    id_ = keep(journal).id
    key = journal.share(id_)
    assert key and key != id_ and journal.share(id_) == key
    entry = journal.shared(key)
    assert entry and entry.id == id_ and journal.shared(id_) is None and journal.get(key) is None
    assert journal.unshare(id_) and journal.shared(key) is None
    assert journal.share("nothing") is None and not journal.unshare("nothing")


def test_answers_that_nobody_shared_or_rated_go_after_ninety_days(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    plain, shared, rated = keep(journal).id, keep(journal).id, keep(journal).id
    journal.share(shared)
    journal.rate(rated, Feedback(verdict="down", reason="outdated", comment="2024年改了"))
    age(tmp_path, 80)
    assert Journal(tmp_path).get(plain)
    age(tmp_path, 20)
    later = Journal(tmp_path)
    assert later.get(plain) is None and later.get(shared)
    entry = later.get(rated)
    assert entry and entry.feedback == Feedback(verdict="down", reason="outdated", comment="2024年改了")


def test_of_many_answers_the_oldest_go_but_for_those_that_are_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    shared, oldest = keep(journal).id, keep(journal).id
    journal.share(shared)
    age(tmp_path, 1)
    monkeypatch.setattr("bot.journal.KEPT_AT_MOST", 3)
    monkeypatch.setattr("bot.journal._SWEPT_AFTER", 1)
    later = [keep(journal).id for _ in range(5)]
    assert journal.get(oldest) is None and journal.get(shared)
    assert all(journal.get(id_) for id_ in later)


def test_old_answers_go_while_the_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    old = keep(journal).id
    age(tmp_path, 100)
    keep(journal)
    assert journal.get(old)  # once a day is enough

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Tomorrow":
            return super().now(tz) + timedelta(days=1)

    monkeypatch.setattr("bot.journal.datetime", Tomorrow)
    new = keep(journal).id
    assert journal.get(old) is None and journal.get(new)


def test_staff_see_refusals_and_bad_marks(journal: Journal) -> None:
    keep(journal)
    refused, bad = keep(journal, refused=True).id, keep(journal).id
    journal.rate(bad, Feedback(verdict="down", reason="other"))
    assert {entry.id for entry in journal.unsatisfying(10)} == {refused, bad}


@pytest.mark.parametrize("name", [DOCUMENT, NEAREST, SUCCESSOR], ids=["quoted", "near", "successor"])
def test_a_document_is_forgotten_wherever_it_is_named(journal: Journal, name: str) -> None:
    near = [Closest(document=NEAREST, title="通知", date=None)]
    after = [Closest(document=SUCCESSOR, title="新章程", date=None)]
    held = keep(journal, closest=near, successors=after).id
    other = keep(journal, citations=[]).id
    assert journal.holding(name) == [held]
    assert journal.forget_document(name) == 1
    assert journal.holding(name) == [] and journal.get(held) is None and journal.get(other)


def test_a_starting_server_forgets_answers_about_documents_that_a_command_took_out(
    make_site: MakeSite, sample: Answerer, tmp_path: Path
) -> None:
    # Found by reading: their quotes stayed in the journal, though nobody was shown them.
    (tmp_path / "home0").mkdir()
    journal = Journal(tmp_path / "home0")
    gone = keep(journal).id
    (kept,) = journal.recorded([sample.ask("洪灾捐款是多少？")], (), "public")
    assert isinstance(kept, Answer) and kept.citations
    make_site()
    assert journal.get(gone) is None and journal.get(kept.id)


def test_nothing_is_left_of_what_is_erased(journal: Journal, tmp_path: Path) -> None:
    secret = "只在这里出现的一句话"
    id_ = keep(journal, question=secret).id
    assert journal.erase([id_, "nothing"]) == 1
    assert not any(secret.encode() in file.read_bytes() for file in tmp_path.glob("journal.sqlite*"))
