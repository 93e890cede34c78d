"""Old Office files through LibreOffice: for real where it is installed, and what is said where it is not."""

import shutil
import stat
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import hostile as h
import pytest
from test_formats import slides_file
from test_load import excel_file, texts, word_file, written

from ingest.errors import LoadError
from ingest.formats import office
from ingest.load import load

SOFFICE = shutil.which("soffice")
needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


def converted(path: Path, suffix: str) -> Path:
    """The file in another format, by LibreOffice itself."""
    assert SOFFICE
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    web = ["--infilter=HTML (StarWriter)"] if path.suffix == ".html" else []
    command = [SOFFICE, "--headless", profile, *web, "--convert-to", suffix, "--outdir", path.parent, path]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    return path.with_suffix(f".{suffix}")


@needs_libreoffice
def test_old_office_files_read_like_new_ones(tmp_path: Path) -> None:
    for made, old in ((word_file, "doc"), (excel_file, "xls"), (slides_file, "ppt")):
        new = made(tmp_path / f"a.{old}x")
        assert texts(load(converted(new, old))) == texts(load(new))
    renamed = (tmp_path / "a.doc").rename(tmp_path / "a.wps")
    assert texts(load(renamed)) == texts(load(tmp_path / "a.docx"))


@needs_libreoffice
def test_open_document_files_of_libreoffice(tmp_path: Path) -> None:
    for made, suffix, odf in (
        (word_file, "docx", "odt"),
        (excel_file, "xlsx", "ods"),
        (slides_file, "pptx", "odp"),
    ):
        new = made(tmp_path / f"a.{suffix}")
        ours = [text.replace("100%", "100.0%") for text in texts(load(new))]
        assert texts(load(converted(new, odf))) == ours


@needs_libreoffice
def test_an_old_file_fetches_nothing(tmp_path: Path) -> None:
    visits: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Trap)
    Thread(target=server.serve_forever, daemon=True).start()
    picture = f"http://127.0.0.1:{server.server_port}/x.png"
    page = f"<html><body><p>会费每年一千元。</p><img src='{picture}' width=90 height=90></body></html>"
    made = converted(written(tmp_path / "a.html", page), "doc")
    assert picture.encode() in made.read_bytes() or picture.encode("utf-16-le") in made.read_bytes()
    visits.clear()  # those of the making
    assert texts(load(made)) == ["会费每年一千元。"]
    server.shutdown()
    assert visits == []


def test_without_libreoffice_the_reason_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LoadError, match=r"LibreOffice is installed; save it as \.docx\. / .*LibreOffice"):
        load(written(tmp_path / "a.doc", h.old_word()))


def stand_in(folder: Path, program: str) -> None:
    """A program called soffice that is none: it does what the test says."""
    folder.mkdir()
    path = written(folder / "soffice", f"#!{sys.executable}\n{program}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_libreoffice_is_asked_for_a_copy_in_a_profile_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = word_file(tmp_path / "copy.docx")
    stand_in(
        tmp_path / "bin",
        "import pathlib, shutil, sys\n"
        "(profile,) = [a.split('file://')[1] for a in sys.argv if a.startswith('-env:UserInstallation=')]\n"
        "assert 'DisableMacrosExecution' in pathlib.Path(profile, 'user/registrymodifications.xcu').read_text()\n"
        "assert '--headless' in sys.argv and sys.argv[-1].endswith('/file.doc')\n"
        f"shutil.copy({str(copy)!r}, sys.argv[sys.argv.index('--outdir') + 1] + '/file.docx')\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert load(written(tmp_path / "a.doc", h.old_word())) == load(copy)


def test_libreoffice_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "raise SystemExit(1)")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(LoadError, match="cannot read the file"):
        load(written(tmp_path / "a.doc", h.old_word()))


def test_libreoffice_that_hangs_is_ended_with_all_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = tmp_path / "beat"
    program = (
        "import os, pathlib, time\n"
        "if os.fork(): time.sleep(99)\n"
        f"while True: pathlib.Path({str(beat)!r}).write_text(str(time.time())); time.sleep(0.1)\n"
    )
    stand_in(tmp_path / "bin", program)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(office, "_SECONDS", 2)
    with pytest.raises(LoadError, match="took too long"):
        load(written(tmp_path / "a.doc", h.old_word()))
    last = beat.read_text()
    time.sleep(0.5)
    assert beat.read_text() == last
