"""What staff decide about a document: who may read it, what it is called, what it replaces, whether it stays."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from console import Running

from bot.answer import Answerer
from bot.audit import AuditLog
from bot.desk.decide import Form
from bot.desk.desk import Desk
from bot.desk.errors import DeskError
from bot.journal import Journal
from ingest.add import add_paths
from ingest.catalogue import Catalogue
from ingest.document import AUDIENCES, Audience, Decisions, Document
from ingest.embed import Vectors
from ingest.errors import HuiwenError, LibraryError
from ingest.library import Library
from ingest.make import document_from_text
from ingest.schema import LAYOUT
from ingest.tokens import tokenize
from ingest.traces import Traces
from ingest.vectors import VectorStore

OpenLibrary = Callable[[Path], Library]
StartHuiwen = Callable[..., Running]

PUBLIC = "关于会费标准的说明\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n会费在三月底以前缴清。\n"
SECRET = (
    "关于换届人选的会议纪要\n委员会提名欧阳砚秋为候任会长，表决时赞成二十一票。\n提名在公布以前不得外传。\n"
)
SECRET_QUESTION = "委员会提名谁为候任会长？"
TELLING = ("欧阳砚秋", "换届人选", "赞成二十一票")


@pytest.fixture
def library(tmp_path: Path, open_library: OpenLibrary) -> Library:
    library = open_library(tmp_path / "home")
    add(library, tmp_path / "会费说明.txt", PUBLIC)
    return library


@pytest.fixture
def desk(library: Library) -> Iterator[Desk]:
    audit, journal = AuditLog(library.home), Journal(library.home)
    desk = Desk(library, lambda _: Answerer(library), audit, journal, library.home)
    yield desk
    desk.close()
    journal.close()
    audit.close()


def add(library: Library, path: Path, text: str, audience: Audience | None = None) -> None:
    path.write_text(text, encoding="utf-8")
    (outcome,) = add_paths(library, [path], audience)
    assert outcome.status in ("added", "replaced"), outcome


def current(desk: Desk, name: str) -> Document:
    document = desk.library.get(name)
    assert document
    return document


def revise(desk: Desk, name: str, **changes: object) -> None:
    """Correct fields of the form that the desk shows for a document."""
    document = current(desk, name)
    desk.revise(name, document.version, replace(Form.of(document), **changes), "staffer")


def restore(desk: Desk, name: str) -> None:
    desk.restore(name, current(desk, name).version, "staffer")


def upload(desk: Desk, file: Path, name: str) -> str:
    """The id of an uploaded file, read and ready to be published."""
    before = {item.id for item in desk.staging.items()}
    assert desk.receive([(file, name)], "staffer") == []
    (id_,) = {item.id for item in desk.staging.items()} - before
    for _ in range(300):
        if (item := desk.staging.get(id_)) and item.state == "ready":
            return id_
        time.sleep(0.1)
    raise AssertionError("never ready")


def seen(library: Library, clearance: Audience) -> str:
    """All that a person of this clearance is shown for a few questions."""
    answerer = Answerer(library.reader(clearance))
    answers = [answerer.ask(question) for question in (SECRET_QUESTION, "会费是多少？", "赞成多少票？")]
    return "\n".join(
        [
            *(answer.model_copy(update={"timings_ms": {}}).model_dump_json() for answer in answers),
            *answerer.examples("zh-Hans"),
        ]
    )


@pytest.mark.parametrize("audience", ["members", "committee"])
def test_to_who_may_not_read_a_document_it_does_not_exist(
    library: Library, tmp_path: Path, audience: Audience
) -> None:
    before = {clearance: seen(library, clearance) for clearance in AUDIENCES}
    add(library, tmp_path / "换届人选.txt", SECRET, audience)
    for clearance in AUDIENCES:
        reader = library.reader(clearance)
        if AUDIENCES.index(clearance) < AUDIENCES.index(audience):
            # Not a word, not a score, not a frequency is another than without the document.
            assert seen(library, clearance) == before[clearance]
            assert reader.get("换届人选.txt") is None and reader.original("换届人选.txt") is None
            assert [info.name for info in reader.documents()] == ["会费说明.txt"]
        else:
            assert "欧阳砚秋" in seen(library, clearance)
            assert reader.original("换届人选.txt")
    assert library.check() == []


def test_an_audience_changed_takes_effect_everywhere(library: Library, desk: Desk, tmp_path: Path) -> None:
    add(library, tmp_path / "换届人选.txt", SECRET, "committee")
    before = seen(library, "committee")
    revise(desk, "换届人选.txt", audience="public")
    assert "欧阳砚秋" in seen(library, "public")
    revise(desk, "换届人选.txt", audience="committee")
    assert "欧阳砚秋" not in seen(library, "members")
    assert seen(library, "committee") == before
    assert library.check() == []


def test_a_new_version_of_a_file_keeps_what_was_decided(library: Library, desk: Desk, tmp_path: Path) -> None:
    add(library, tmp_path / "换届人选.txt", SECRET)
    form = Form("换届提名", "2024-05-06", "decision", "committee", ("会费说明.txt",))
    desk.revise("换届人选.txt", current(desk, "换届人选.txt").version, form, "staffer")
    add(library, tmp_path / "换届人选.txt", SECRET.replace("二十一票", "二十三票"))
    document = current(desk, "换届人选.txt")
    assert "二十三票" in document.text
    assert document.decisions == Decisions(
        "换届提名", "2024-05-06", "decision", "committee", ("会费说明.txt",)
    )
    assert (document.title, document.date, document.kind) == ("换届提名", "2024-05-06", "decision")


@pytest.mark.parametrize(("typed", "date"), [("２０２３-０５", "2023-05"), (" 2023-05-06 ", "2023-05-06")])
def test_a_date_is_kept_in_plain_digits(desk: Desk, tmp_path: Path, typed: str, date: str) -> None:
    add(desk.library, tmp_path / "换届人选.txt", SECRET)
    form = Form("换届提名", typed, "decision", "public", ())
    desk.revise("换届人选.txt", current(desk, "换届人选.txt").version, form, "staffer")
    assert current(desk, "换届人选.txt").date == date


def test_publishing_undoes_nothing_that_was_decided_since_the_upload(desk: Desk, tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.txt" for n in range(2)]
    for n, file in enumerate(files):
        file.write_text(f"{PUBLIC}另附说明第{n}条。\n", encoding="utf-8")
    first, second = upload(desk, files[0], "会费说明.txt"), upload(desk, files[1], "会费说明.txt")
    document, _ = desk.staged(second)[1:]
    desk.correct(second, replace(Form.of(document), kind="notice"))
    revise(desk, "会费说明.txt", audience="committee")
    for id_ in (first, second):
        with pytest.raises(DeskError, match="look at it again"):
            desk.publish(id_, "staffer")
        assert f"第{(first, second).index(id_)}条" not in current(desk, "会费说明.txt").text
        desk.publish(id_, "staffer")
        assert current(desk, "会费说明.txt").decisions.audience == "committee"
    assert current(desk, "会费说明.txt").kind == "notice"


def meanwhile(library: Library, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Once, after a document is made and before it is stored."""
    embed = library.embed_together

    def embed_later(documents: Sequence[Document]) -> list[Vectors]:
        monkeypatch.undo()
        happens()
        return embed(documents)

    monkeypatch.setattr(library, "embed_together", embed_later)


@pytest.mark.parametrize("is_in", [True, False])
def test_adding_a_file_undoes_nothing_that_was_decided_while_it_was_read(
    is_in: bool, library: Library, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: a document that staff made the committee's meanwhile was public again.
    file = tmp_path / ("会费说明.txt" if is_in else "换届人选.txt")

    def decide() -> None:
        if not is_in:
            add(library, file, SECRET)
        revise(desk, file.name, audience="committee")

    meanwhile(library, monkeypatch, decide)
    file.write_text(PUBLIC.replace("八百元", "九百五十元"), encoding="utf-8")
    (outcome,) = add_paths(library, [file])
    assert outcome.status == "failed" and "meanwhile" in str(outcome.reason), outcome
    assert "九百五十元" not in current(desk, file.name).text
    add(library, file, PUBLIC.replace("八百元", "九百五十元"))
    assert current(desk, file.name).decisions.audience == "committee"
    assert library.reader("members").get(file.name) is None


@pytest.mark.parametrize("action", ["revise", "restore"])
def test_staff_undo_no_new_version_that_came_in_by_command_meanwhile(
    action: str,
    library: Library,
    desk: Desk,
    tmp_path: Path,
    open_library: OpenLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = open_library(library.home)
    add(library, tmp_path / "会费说明.txt", PUBLIC.replace("八百元", "九百元"))
    new = PUBLIC.replace("八百元", "九百五十元")
    meanwhile(library, monkeypatch, lambda: add(other, tmp_path / "会费说明.txt", new))
    with pytest.raises(HuiwenError, match="meanwhile"):
        if action == "revise":
            revise(desk, "会费说明.txt", title="会费的标准")
        else:
            restore(desk, "会费说明.txt")
    assert current(desk, "会费说明.txt").text == new.strip()


def test_publishing_undoes_nothing_that_was_decided_by_command_meanwhile(
    library: Library,
    desk: Desk,
    tmp_path: Path,
    open_library: OpenLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other, file = open_library(library.home), tmp_path / "a.txt"
    file.write_text(PUBLIC.replace("八百元", "九百元"), encoding="utf-8")
    id_ = upload(desk, file, "会费说明.txt")
    meanwhile(
        library, monkeypatch, lambda: add(other, tmp_path / "会费说明.txt", PUBLIC, audience="committee")
    )
    with pytest.raises(HuiwenError, match="meanwhile"):
        desk.publish(id_, "staffer")
    assert current(desk, "会费说明.txt").decisions.audience == "committee"


def test_a_file_of_another_format_takes_no_documents_place(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.3\n")
    with pytest.raises(DeskError, match=r"\.txt file.*\.pdf file"):
        desk.replace("会费说明.txt", file, "staffer")


def test_documents_come_to_supersede_each_other_by_no_way(
    library: Library, desk: Desk, tmp_path: Path
) -> None:
    add(library, tmp_path / "缴费新规.txt", "缴费新规\n自2025年起，普通会员每年缴纳会费一千二百元。\n")
    revise(desk, "缴费新规.txt", supersedes=("会费说明.txt",))
    revise(desk, "缴费新规.txt", supersedes=())
    revise(desk, "会费说明.txt", supersedes=("缴费新规.txt",))
    with pytest.raises(DeskError, match="缴费新规"):
        restore(desk, "缴费新规.txt")
    assert current(desk, "缴费新规.txt").decisions.supersedes == ()


def test_the_last_version_comes_back_and_forth(library: Library, desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="会费说明"):
        restore(desk, "会费说明.txt")
    add(library, tmp_path / "会费说明.txt", PUBLIC.replace("八百元", "九百五十元"))
    for amount in ("八百元", "九百五十元", "八百元"):
        restore(desk, "会费说明.txt")
        answer = Answerer(library).ask("普通会员每年缴纳多少会费？").answer
        assert amount in answer, answer
    assert library.check() == []


def test_a_correction_does_not_cost_the_version_before(library: Library, desk: Desk, tmp_path: Path) -> None:
    add(library, tmp_path / "会费说明.txt", PUBLIC.replace("八百元", "九百五十元"))
    revise(desk, "会费说明.txt", title="会费的新标准")
    revise(desk, "会费说明.txt", title="会费新标准")
    restore(desk, "会费说明.txt")
    assert "八百元" in current(desk, "会费说明.txt").text
    restore(desk, "会费说明.txt")
    assert ("九百五十元" in current(desk, "会费说明.txt").text, current(desk, "会费说明.txt").title) == (
        True,
        "会费新标准",
    )
    assert library.check() == []


def test_what_comes_back_is_for_no_more_readers_than_what_it_replaces(library: Library, desk: Desk) -> None:
    revise(desk, "会费说明.txt", audience="committee")
    restore(desk, "会费说明.txt")
    assert current(desk, "会费说明.txt").decisions.audience == "committee"
    assert library.reader("members").get("会费说明.txt") is None


def test_a_document_that_staff_say_supersedes_another_replaces_it(
    library: Library, desk: Desk, tmp_path: Path
) -> None:
    add(library, tmp_path / "缴费新规.txt", "缴费新规\n自2025年起，普通会员每年缴纳会费一千二百元。\n")
    revise(desk, "缴费新规.txt", supersedes=("会费说明.txt",))
    answer = Answerer(library).ask("普通会员每年缴纳多少会费？").answer
    assert "一千二百元" in answer
    assert "八百元" not in answer or "缴费新规" in answer.split("八百元")[0]


def test_a_removed_document_leaves_no_word_in_any_file(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path / "换届人选.txt", SECRET)
    add(library, tmp_path / "换届人选.txt", SECRET.replace("二十一票", "二十三票"))
    traces = [trace.encode() for telling in TELLING for trace in (telling, " ".join(tokenize(telling)))]
    assert held(library.home, traces[:2])
    seen(library, "committee")  # fills the caches
    library.remove("换届人选.txt")
    assert held(library.home, traces) == []
    assert "欧阳砚秋" not in seen(library, "committee")


def refuse(*_: object) -> None:
    raise LibraryError("the disk is full")


def test_a_document_is_removed_though_the_disk_has_no_room_to_take_it_out_of_the_files(
    library: Library, tmp_path: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: it was out, the command failed, and so did all that was written later.
    add(library, tmp_path / "换届人选.txt", SECRET)
    traces = [telling.encode() for telling in TELLING]
    monkeypatch.setattr(Catalogue, "purge", refuse)
    library.remove("换届人选.txt")
    assert "欧阳砚秋" not in seen(library, "committee")
    add(library, tmp_path / "会费说明.txt", PUBLIC.replace("八百元", "九百元"))
    monkeypatch.undo()
    library.close()
    assert open_library(library.home).check() == [] and held(library.home, traces) == []


def test_what_members_were_told_of_a_document_goes_though_it_is_withdrawn_only_halfway(
    library: Library, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: it was out of the library, its quotes in the journal, and it could not be withdrawn again.
    add(library, tmp_path / "换届人选.txt", SECRET)
    journal = Journal(library.home)
    list(journal.recorded([Answerer(library).ask(SECRET_QUESTION)], (), "committee"))
    assert journal.holding("换届人选.txt")
    monkeypatch.setattr(VectorStore, "delete", refuse)
    with pytest.raises(LibraryError, match="disk is full"):
        desk.withdraw("换届人选.txt", current(desk, "换届人选.txt").version, "staffer")
    assert library.get("换届人选.txt") is None and journal.holding("换届人选.txt") == []


class Watched(str):
    """A text that knows how often something was looked for in it."""

    looks = 0

    def __contains__(self, words: str) -> bool:
        Watched.looks += 1
        return super().__contains__(words)


def test_what_tells_a_long_document_from_others_is_found_after_few_looks_and_spread_over_it(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: each of its sentences was looked for in the text of every other document.
    shared = "".join(f"会员企业第{n}号须按时缴纳会费。\n" for n in range(0, 2000, 7))
    own = "".join(f"会员企业第{n}号须按时缴纳会费。\n" for n in range(2000))
    documents = [document_from_text("长文件.txt", own), document_from_text("另一份.txt", shared)]
    documents[1] = replace(documents[1], index=Watched(documents[1].index))
    by_version = {each.version: each for each in documents}
    monkeypatch.setattr(library, "documents", lambda: documents)
    monkeypatch.setattr(library, "get", lambda name: next(each for each in documents if each.name == name))
    monkeypatch.setattr(library, "version", by_version.get)
    traces = Traces.of(library, "长文件.txt")
    numbers = [int(words.split("第")[1].split("号")[0]) for words in traces.telling]
    assert Watched.looks < 100
    assert len(numbers) == 24 and numbers == sorted(numbers) and all(n % 7 for n in numbers)
    assert all(sum(500 * part <= n < 500 * (part + 1) for n in numbers) >= 4 for part in range(4))


def held(home: Path, traces: list[bytes]) -> list[str]:
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(trace in path.read_bytes() for trace in traces)
    ]


def test_a_library_of_the_first_layout_is_brought_over(
    library: Library, tmp_path: Path, open_library: OpenLibrary
) -> None:
    add(library, tmp_path / "换届人选.txt", SECRET)
    before = seen(library, "public")
    library.close()
    old = tmp_path / "old"
    shutil.copytree(library.home, old)
    shutil.rmtree(old / "originals")
    make_first_layout(old / "catalogue.sqlite")

    migrated = open_library(old)
    assert seen(migrated, "public") == before
    assert migrated.check() == []
    assert migrated.original("会费说明.txt") is None
    add(migrated, tmp_path / "会费说明.txt", PUBLIC)  # the same content: now its file is kept
    assert migrated.original("会费说明.txt")
    assert seen(migrated, "public") == before
    assert migrated.check() == []


def test_a_library_of_the_second_layout_is_brought_over(
    library: Library, tmp_path: Path, open_library: OpenLibrary
) -> None:
    add(library, tmp_path / "换届人选.txt", SECRET, audience="committee")
    before = {who: seen(library, who) for who in AUDIENCES}
    library.close()
    with closing(sqlite3.connect(library.home / "catalogue.sqlite", isolation_level=None)) as connection:
        for audience in AUDIENCES:
            connection.execute(f"DROP TABLE frequencies_{audience}")
        connection.execute("PRAGMA user_version = 2")

    migrated = open_library(library.home)
    assert {who: seen(migrated, who) for who in AUDIENCES} == before
    assert migrated.check() == []
    migrated.remove("换届人选.txt")
    assert migrated.check() == []


@pytest.mark.parametrize("commit", ["bcaa505", "1b35c24"], ids=["its first commit", "its last commit"])
def test_a_home_of_the_first_layout_is_rebuilt_and_answers(
    commit: str, tmp_path: Path, start_huiwen: StartHuiwen
) -> None:
    # Found by an audit: the first commit named a column otherwise, and its homes could not be opened.
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        connection.executescript((Path(__file__).parent / "layouts" / f"{commit}.sql").read_text("utf-8"))
    refused = start_huiwen(home, "ingest", "list").result()
    assert refused.returncode == 1 and "'multilingual-e5-small'" in refused.stderr
    assert "huiwen ingest rebuild" in refused.stderr
    assert start_huiwen(home, "ingest", "rebuild").result().returncode == 0
    checked = start_huiwen(home, "ingest", "check").result()
    assert checked.returncode == 0 and "3 documents" in checked.stdout, checked.stdout + checked.stderr
    for question, told in (("普通会员每年缴纳多少会费？", "八百元"), ("换届大会什么时候举行？", "9月9日")):
        assert told in start_huiwen(home, "ask", question).result().stdout


def make_first_layout(path: Path) -> None:
    """What Huiwen's first released layout was, made from this one."""
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == LAYOUT == 3
    connection.execute(
        'CREATE VIRTUAL TABLE lexical USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0")'
    )
    connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (lexical, row)")
    connection.execute(
        "INSERT INTO lexical (rowid, context, body) SELECT rowid, context, body FROM lexical_public"
    )
    for audience in AUDIENCES:
        connection.execute(f"DROP TABLE frequencies_{audience}")
        connection.execute(f"DROP TABLE terms_{audience}")
        connection.execute(f"DROP TABLE lexical_{audience}")
    connection.execute("DROP INDEX document_audience")
    connection.execute("DROP TABLE previous")
    for column in ("digest", "decisions", "audience", "passages", "added"):
        connection.execute(f"ALTER TABLE documents DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
