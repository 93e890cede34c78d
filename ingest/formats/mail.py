"""Letters (.eml): subject, sender and date, then the text; attachments are named, not read."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Final

from ingest.document import Block, LoadedFile
from ingest.formats.encoding import decode
from ingest.formats.html import load_html
from ingest.formats.text import load_text

_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_MAX_NAMES: Final = 20
_MAX_NAME: Final = 100  # characters


def load_mail(data: bytes) -> LoadedFile:
    """The letter's plain text if it has one, else its HTML; the subject is the title."""
    letter = message_from_bytes(data, policy=policy.default)
    assert isinstance(letter, EmailMessage)  # what this policy makes
    bodies = (letter.get_body((kind,)) for kind in ("plain", "html"))
    texts = (_body(body) for body in bodies if isinstance(body, EmailMessage))
    text = next(filter(None, texts), ())
    subject = _header(letter, "subject")
    names = _attachments(letter)
    chinese = _CHINESE.search(subject + "".join(block.text for block in text)) is not None
    lines = [
        ("来源：" if chinese else "From: ", _sender(letter)),
        ("日期：" if chinese else "Date: ", _date(letter)),
    ]
    blocks = [Block(subject, "heading", 1)] if subject else []
    blocks += [Block(label + value) for label, value in lines if value]
    # A letter without words is nothing to ask, whoever sent it.
    return LoadedFile((*blocks, *text) if text else (), subject or None, _warnings(names))


def _body(part: EmailMessage) -> tuple[Block, ...]:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ()
    text = _text(payload, part.get_content_charset() or "")
    if part.get_content_subtype() == "html":
        return load_html(text.encode()).blocks
    return load_text(text.encode()).blocks


def _text(payload: bytes, charset: str) -> str:
    # Letters that declare GB2312 use characters of the later standard.
    name = "gb18030" if charset.startswith("gb") else charset
    try:
        return payload.decode(name)
    except (UnicodeDecodeError, LookupError, ValueError):
        return decode(payload) if payload else ""


def _header(letter: EmailMessage, name: str) -> str:
    return " ".join(str(letter.get(name) or "").encode(errors="replace").decode().split())


def _sender(letter: EmailMessage) -> str:
    addresses = getattr(letter.get("from"), "addresses", ())
    return addresses[0].display_name or addresses[0].addr_spec if addresses else ""


def _date(letter: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(letter, "date")).date().isoformat()
    except (ValueError, TypeError):
        return ""


def _attachments(letter: EmailMessage) -> list[str]:
    names = (part.get_filename() or "" for part in letter.iter_attachments())
    printable = ("".join(filter(str.isprintable, name))[:_MAX_NAME] for name in names)
    return [name for name in printable if name][:_MAX_NAMES]


def _warnings(attachments: list[str]) -> tuple[str, ...]:
    if not attachments:
        return ()
    names = ", ".join(attachments)
    return (f"Attachments are not read: {names}. Add them as files. / 附件未读入，请另行添加：{names}",)
