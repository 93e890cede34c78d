"""The extractive answer and the refusal as Markdown: whole sentences quoted, each with its citation."""

from collections.abc import Iterator, Sequence

from bot.courtesy import Courtesy
from bot.events import AnswerPart, Citation
from bot.lists import is_lead_in
from bot.select import Selection
from bot.web.markdown import escape_markdown
from ingest.document import Document
from ingest.fold import Language

_REFUSAL: dict[Language, str] = {
    "zh-Hans": "现有文件中没有找到这个问题的答案。",
    "zh-Hant": "現有文件中沒有找到這個問題的答案。",
    "en": "The documents do not say.",
}
_REPLIES: dict[Courtesy, dict[Language, str]] = {
    "greeting": {
        "zh-Hans": "您好！请用一句话提问，会问从文件中找答案。",
        "zh-Hant": "您好！請用一句話提問，會問從文件中找答案。",
        "en": "Hello! Ask a question, and Huiwen looks for its answer in the documents.",
    },
    "thanks": {
        "zh-Hans": "不客气！还有问题，随时可以接着问。",
        "zh-Hant": "不客氣！還有問題，隨時可以接著問。",
        "en": "You are welcome! If there is anything else, just ask.",
    },
    "goodbye": {
        "zh-Hans": "再见！有问题，随时再来问。",
        "zh-Hant": "再見！有問題，隨時再來問。",
        "en": "Goodbye! Come back whenever you have a question.",
    },
}
_CLOSEST_ARE: dict[Language, tuple[str, str, str]] = {
    "zh-Hans": ("内容最接近的文件：", "、", "。"),
    "zh-Hant": ("內容最接近的文件：", "、", "。"),
    "en": (" The closest documents: ", ", ", "."),
}
# Who says it, when, and by what it was replaced, before the first sentence quoted of a document.
_NAMED: dict[Language, str] = {"zh-Hans": "据《{}》", "zh-Hant": "據《{}》", "en": "From 《{}》"}
_ABOUT: dict[Language, str] = {"zh-Hans": "（{}）", "zh-Hant": "（{}）", "en": " ({})"}
_REPLACED: dict[Language, str] = {
    "zh-Hans": "已由《{}》取代",
    "zh-Hant": "已由《{}》取代",
    "en": "replaced by 《{}》",
}
_COLON: dict[Language, str] = {"zh-Hans": "：", "zh-Hant": "：", "en": ": "}
_BETWEEN: dict[Language, str] = {"zh-Hans": "，", "zh-Hant": "，", "en": ", "}


def quotes(selection: Selection, language: Language) -> Iterator[AnswerPart]:
    """One part for each sentence, quoted and cited; the items of a list as a Markdown list.

    Before the first sentence of each document stands, in the asker's language, which document it is; its date alone where
    it has been named before.
    """
    previous, was_item, named = None, False, set[str]()
    for n, chosen in enumerate(selection.sentences, 1):
        citation = cite(chosen.document, chosen.number, n)
        is_item = selection.is_list and not (n == 1 and _leads_in(selection))
        is_other = chosen.document is not previous
        again = (
            is_other
            and is_item
            and chosen.document.name in named
            and _is_told_by_date(chosen.document, selection)
        )
        frame = _frame(chosen.document, selection, language) if is_other and not again else ""
        before = "" if n == 1 else "\n" if is_item and was_item and not frame else "\n\n"
        if is_item:
            frame += "\n\n- " if frame else "- "
        if again:
            frame += f"{chosen.document.date}{_COLON[language]}"
        previous, was_item = chosen.document, is_item
        named.add(chosen.document.name)
        yield AnswerPart(text=f"{before}{frame}{escape_markdown(citation.quote)} [{n}]", citations=[citation])


def _leads_in(selection: Selection) -> bool:
    """Whether the first sentence leads in the list that follows it."""
    first, *others = selection.sentences
    return is_lead_in(first.document, first.number) and all(
        each.document is first.document for each in others[:1]
    )


def _is_told_by_date(document: Document, selection: Selection) -> bool:
    """Whether no other document cited is of its date."""
    names = {each.document.name for each in selection.sentences if each.document.date == document.date}
    return document.date is not None and names == {document.name}


def _frame(document: Document, selection: Selection, language: Language) -> str:
    successor = selection.replaced_by.get(document.name)
    replaced = _REPLACED[language].format(escape_markdown(successor.title)) if successor else ""
    about = _BETWEEN[language].join(filter(None, (document.date, replaced)))
    named = _NAMED[language].format(escape_markdown(document.title))
    return named + (_ABOUT[language].format(about) if about else "") + _COLON[language]


def cite(document: Document, number: int, n: int) -> Citation:
    """Citation [n] of a sentence."""
    sentence = document.sentences[number]
    return Citation(
        n=n,
        document=document.name,
        title=document.title,
        date=document.date,
        page=sentence.page,
        quote=document.quote(number),
        start=sentence.start,
        end=sentence.end,
    )


def reply(courtesy: Courtesy, language: Language) -> AnswerPart:
    """What is said to who asks nothing."""
    return AnswerPart(text=_REPLIES[courtesy][language])


def refusal(language: Language, closest: Sequence[Document]) -> Iterator[AnswerPart]:
    """That the documents do not say, and which of them are nearest."""
    yield AnswerPart(text=_REFUSAL[language])
    if closest:
        before, between, after = _CLOSEST_ARE[language]
        titles = between.join(f"《{escape_markdown(document.title)}》" for document in closest)
        yield AnswerPart(text=before + titles + after)
