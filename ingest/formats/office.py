"""Old Office files (.doc, .xls, .ppt; also .wps, .et, .dps) through LibreOffice, where it is installed."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ingest.document import LoadedFile
from ingest.errors import LoadError
from ingest.formats.sheet import load_xlsx
from ingest.formats.slides import load_pptx
from ingest.formats.word import load_docx

_SECONDS: Final = 90
# A fresh profile for every file: nothing a document does to it lasts. Macros are off, and so is what a
# document may link to elsewhere; a proxy that is not there keeps anything else from leaving the machine.
_PROFILE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetProxyType" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetHTTPProxyName" oor:op="fuse"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetHTTPProxyPort" oor:op="fuse"><value>9</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetHTTPSProxyName" oor:op="fuse"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetHTTPSProxyPort" oor:op="fuse"><value>9</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetNoProxy" oor:op="fuse"><value></value></prop></item>
</oor:items>
"""


def load_doc(data: bytes) -> LoadedFile:
    """An old Word document. Raises LoadError where LibreOffice is missing or cannot read it."""
    return load_docx(_converted(data, ".doc", ".docx"))


def load_xls(data: bytes) -> LoadedFile:
    """An old workbook. Raises LoadError where LibreOffice is missing or cannot read it."""
    return load_xlsx(_converted(data, ".xls", ".xlsx"))


def load_ppt(data: bytes) -> LoadedFile:
    """Old slides. Raises LoadError where LibreOffice is missing or cannot read it."""
    return load_pptx(_converted(data, ".ppt", ".pptx"))


def _converted(data: bytes, old: str, new: str) -> bytes:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise LoadError(
            f"Old files ({old}) can be read only where LibreOffice is installed; save it as {new}."
            f" / 读取旧格式（{old}）需要安装 LibreOffice；请另存为 {new}。"
        )
    with TemporaryDirectory(prefix="huiwen-") as name:
        folder = Path(name)
        (folder / "profile" / "user").mkdir(parents=True)
        (folder / "profile" / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        source, target = folder / f"file{old}", folder / f"file{new}"
        source.write_bytes(data)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        into = ["--convert-to", new[1:], "--outdir", str(folder), str(source)]
        if not _finished([program, "--headless", "--norestore", profile, *into]):
            raise LoadError(
                f"LibreOffice took too long over the file; open it and save it as {new}."
                f" / LibreOffice 处理该文件超时，请打开后另存为 {new}。"
            )
        if not target.is_file():
            raise LoadError(
                f"LibreOffice cannot read the file; open it and save it as {new}."
                f" / LibreOffice 无法读取该文件，请打开后另存为 {new}。"
            )
        return target.read_bytes()


def _finished(command: list[str]) -> bool:
    """Run a command; end it, with all processes it started, when it takes too long."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    ) as process:
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False
    return True
