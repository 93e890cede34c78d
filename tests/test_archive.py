"""Zip archives: what is built to harm is refused with a reason, names of any system are read rightly."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile as h
import pytest
from test_load import written

from ingest.archive import unpack
from ingest.errors import LoadError
from ingest.worker import Loader


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    with Loader() as loader:
        yield loader


_FILE = stat.S_IFREG | 0o644


def _nested(depth: int, content: bytes = b"x") -> bytes:
    data = h.packed({"a.txt": content})
    for _ in range(depth):
        data = h.packed({"a.zip": data, "b.zip": data})
    return data


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a name that leads out": (lambda: h.packed({"../canary.txt": "x"}), "out of its folder"),
    "a name that leads out, deep": (lambda: h.packed({"a/b/../../../canary.txt": "x"}), "out of its folder"),
    "a name that leads out, in Windows": (lambda: h.packed({"..\\..\\canary.txt": "x"}), "out of its folder"),
    "an absolute name": (lambda: h.packed({"/tmp/canary.txt": "x"}), "out of its folder"),
    "a drive": (lambda: h.packed({"C:\\canary.txt": "x"}), "out of its folder"),
    "a share": (lambda: h.packed({"//server/share/canary.txt": "x"}), "out of its folder"),
    "a device's name": (lambda: h.packed({"aux.txt": "x"}), "out of its folder"),
    "a line break in a name": (lambda: h.packed({"a\nb.txt": "x"}), "out of its folder"),
    "a hidden direction in a name": (lambda: h.packed({"a\u202etxt.exe": "x"}), "out of its folder"),
    "a link": (lambda: h.entries(("a", b"/etc", stat.S_IFLNK | 0o777), ("a/canary", b"x", _FILE)), "link or device"),
    "a device": (lambda: h.entries(("a.txt", b"", stat.S_IFCHR | 0o666)), "link or device"),
    "a pipe": (lambda: h.entries(("a.txt", b"", stat.S_IFIFO | 0o666)), "link or device"),
    "the same name twice": (lambda: h.entries(("a.txt", b"1", _FILE), ("a.txt", b"2", _FILE)), "two files of one name"),
    "a file as a folder": (lambda: h.entries(("a", b"1", _FILE), ("a/b.txt", b"2", _FILE)), "cannot be unpacked"),
    "a name of 300 letters": (lambda: h.packed({"x" * 300: "x"}), "too long"),
    "a password": (lambda: h.spoofed(h.packed({"a.txt": "x"}), "a.txt", flag_bits=1), "password"),
    "a bomb": (lambda: h.packed({"a.txt": bytes(100_000_000)}), "unreasonable size"),
    "a bomb in a zip": (lambda: h.packed({"a.zip": h.packed({"a.txt": bytes(50_000_000)})}), "unreasonable size"),
    "a size that is not so": (lambda: h.spoofed(h.packed({"a.txt": "x" * 9000}), "a.txt", file_size=10), "damaged"),
    "a checksum that is not so": (lambda: h.spoofed(h.packed({"a.txt": "x" * 9000}), "a.txt", crc=1), "damaged"),
    "another method": (lambda: h.spoofed(h.packed({"a.txt": "x"}), "a.txt", compress_type=14), "damaged"),
    "zips in zips in zips": (lambda: _nested(12), "more than 3 deep"),
    "3,000 files": (lambda: h.packed({f"{n}.txt": "x" for n in range(3000)}), "more than 2,000 files"),
    "30,000 files": (lambda: h.packed({f".{n}": "" for n in range(30_000)}), "unreasonable size"),
    "no files": (lambda: h.packed({}), "no files"),
    "hidden files": (lambda: h.packed({".bashrc": "x", "__MACOSX/._a.txt": "x"}), "no files"),
    "bytes that are not so": (lambda: h.scratched(h.packed({"a.txt": os.urandom(9000).hex()}), b"a.txt"), "damaged"),
    "half of it": (lambda: h.half(h.packed({"a.txt": os.urandom(9999)})), "damaged"),
    "no archive": (lambda: h.GOOD.encode(), "damaged"),
    "nothing": (bytes, "damaged"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", ARCHIVES)
def test_a_hostile_archive_is_refused(loader: Loader, tmp_path: Path, case: str) -> None:
    make, reason = ARCHIVES[case]
    path, folder = written(tmp_path / "a.zip", make()), tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(LoadError, match=reason) as caught:
        loader.unpack(path, folder)
    h.assert_for_people(caught.value)
    assert sorted(tmp_path.iterdir()) == [path, folder]
    assert not list(Path("/tmp").glob("canary*"))
    assert all(file.resolve().is_relative_to(folder) for file in folder.rglob("*"))


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (("会费管理办法/第一章.txt", "通知.txt"), "gbk"),
        (("會費管理辦法/第一章.txt", "關於會員大會的通知.txt"), "big5"),
        (("会费管理办法/第一章.txt", "通知.txt"), "utf-8"),
        (("Résumé.txt", "naïve.txt"), "cp437"),
    ],
)
def test_names_of_any_system_are_read_rightly(tmp_path: Path, names: tuple[str, ...], encoding: str) -> None:
    coded = [name.encode(encoding) for name in names]
    package = h.packed({f"{number}" * len(name): h.GOOD for number, name in enumerate(coded)})
    for number, name in enumerate(coded):
        package = h.renamed(package, f"{number}" * len(name), name)
    unpacked = unpack(written(tmp_path / "a.zip", package), tmp_path / "folder")
    assert [str(file.relative_to(tmp_path / "folder")) for file in unpacked] == list(names)
    assert all(file.read_text() == h.GOOD for file in unpacked)


def test_an_honest_archive(loader: Loader, tmp_path: Path) -> None:
    inner = h.packed({"通知.docx": h.docx()})
    package = h.packed({"2023/": "", "2023/会费.txt": h.GOOD, ".DS_Store": "x", "附件.zip": inner})
    unpacked = loader.unpack(written(tmp_path / "a.zip", package), tmp_path / "folder")
    assert [str(file.relative_to(tmp_path / "folder")) for file in unpacked] == [
        "2023/会费.txt",
        "附件.zip/通知.docx",
    ]
    assert h.READ in loader.load(unpacked[1]).blocks[1].text
