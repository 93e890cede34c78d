"""What members and visitors read around the answers, in three languages, and which one to show."""

from typing import get_args

from ingest.fold import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)

# The names browsers use for these languages; Gradio picks its own texts by them.
BROWSER_LOCALES: dict[Language, str] = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}

LANGUAGE_NAMES: dict[Language, str] = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "EN"}

_ZH_HANS = {
    "tagline": "向商会文件提问，每句回答都有出处",
    "language_choice": "界面语言",
    "new_chat": "新对话",
    "switch_language": "切换语言会清空当前对话，是否继续？",
    "welcome": "想了解什么？",
    "welcome_hint": "用自己的话提问就好。回答取自商会文件，点击回答中的数字，可以看到原文。",
    "chat": "对话",
    "question": "问题",
    "question_placeholder": "请输入您的问题",
    "send": "发送",
    "searching": "正在查找文件…",
    "failed": "抱歉，这个问题暂时没能回答，请稍后再试。",
    "unavailable": "暂时连接不上，或者提问的人太多，请稍后再试。",
    "failed_because": "抱歉，这个问题没能回答：{reason}",
    "too_long": "问题太长了，请控制在 {limit} 字以内。",
    "empty": "问题不能为空，请输入问题。",
    "bad_request": "请求的内容不符合要求：{field}。",
    "bad_json": "请求的内容不是有效的 JSON。",
    "unknown_document": "没有名为“{name}”的文件。",
    "source": "原文",
    "close": "关闭",
    "kind.minutes": "纪要",
    "kind.charter": "章程",
    "kind.rule": "制度",
    "kind.decision": "决定",
    "kind.notice": "通知",
    "kind.announcement": "公告",
    "kind.ledger": "台账",
    "kind.plan": "计划",
    "kind.report": "报告",
    "kind.document": "文件",
    "page": "第 {page} 页",
    "loading": "正在打开原文…",
    "source_failed": "原文没能打开，请稍后再试。",
    "source_missing": "这份文件已经不在文件库中。",
    "source_changed": "这份文件在回答之后更新过，原句的位置可能已经变化。",
}

_ZH_HANT = {
    "tagline": "向商會文件提問，每句回答都有出處",
    "language_choice": "介面語言",
    "new_chat": "新對話",
    "switch_language": "切換語言會清空目前的對話，是否繼續？",
    "welcome": "想了解什麼？",
    "welcome_hint": "用自己的話提問就好。回答取自商會文件，點擊回答中的數字，可以看到原文。",
    "chat": "對話",
    "question": "問題",
    "question_placeholder": "請輸入您的問題",
    "send": "送出",
    "searching": "正在查找文件…",
    "failed": "抱歉，這個問題暫時沒能回答，請稍後再試。",
    "unavailable": "暫時連接不上，或者提問的人太多，請稍後再試。",
    "failed_because": "抱歉，這個問題沒能回答：{reason}",
    "too_long": "問題太長了，請控制在 {limit} 字以內。",
    "empty": "問題不能為空，請輸入問題。",
    "bad_request": "請求的內容不符合要求：{field}。",
    "bad_json": "請求的內容不是有效的 JSON。",
    "unknown_document": "沒有名為「{name}」的文件。",
    "source": "原文",
    "close": "關閉",
    "kind.minutes": "紀要",
    "kind.charter": "章程",
    "kind.rule": "制度",
    "kind.decision": "決定",
    "kind.notice": "通知",
    "kind.announcement": "公告",
    "kind.ledger": "臺帳",
    "kind.plan": "計畫",
    "kind.report": "報告",
    "kind.document": "文件",
    "page": "第 {page} 頁",
    "loading": "正在開啟原文…",
    "source_failed": "原文沒能開啟，請稍後再試。",
    "source_missing": "這份文件已經不在文件庫中。",
    "source_changed": "這份文件在回答之後更新過，原句的位置可能已經變化。",
}

_EN = {
    "tagline": "Ask the association's documents; every statement shows its source",
    "language_choice": "Interface language",
    "new_chat": "New chat",
    "switch_language": "Switching the language clears this conversation. Go on?",
    "welcome": "What would you like to know?",
    "welcome_hint": "Ask in your own words. Answers are taken from the association's documents; "
    "click a number in an answer to read the original.",
    "chat": "Conversation",
    "question": "Question",
    "question_placeholder": "Type your question",
    "send": "Send",
    "searching": "Searching the documents…",
    "failed": "Sorry, this question could not be answered just now. Please try again later.",
    "unavailable": "Huiwen cannot be reached, or is too busy. Please try again in a moment.",
    "failed_because": "Sorry, this question could not be answered: {reason}",
    "too_long": "The question is too long; please keep it within {limit} characters.",
    "empty": "The question is empty; please type one.",
    "bad_request": "The request does not have the right form: {field}.",
    "bad_json": "The body of the request is not valid JSON.",
    "unknown_document": "There is no document named “{name}”.",
    "source": "Source",
    "close": "Close",
    "kind.minutes": "Minutes",
    "kind.charter": "Charter",
    "kind.rule": "Rule",
    "kind.decision": "Decision",
    "kind.notice": "Notice",
    "kind.announcement": "Announcement",
    "kind.ledger": "Ledger",
    "kind.plan": "Plan",
    "kind.report": "Report",
    "kind.document": "Document",
    "page": "page {page}",
    "loading": "Opening the source…",
    "source_failed": "The source could not be opened. Please try again later.",
    "source_missing": "This document is no longer in the library.",
    "source_changed": "This document changed after the answer was given; the quote may have moved.",
}

TEXTS: dict[Language, dict[str, str]] = {"zh-Hans": _ZH_HANS, "zh-Hant": _ZH_HANT, "en": _EN}


def interface_language(*choices: str | None, accept_language: str | None) -> Language:
    """The first of `choices` that names one of our languages, else the browser's first known one.

    `accept_language` is the header of that name; without anything known, English.
    """
    for choice in choices:
        language = _known_language(choice or "")
        if language:
            return language
    for tag in _by_preference(accept_language or ""):
        language = _known_language(tag)
        if language:
            return language
    return "en"


def _by_preference(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for item in accept_language.split(","):
        tag, _, weight = item.partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _known_language(tag: str) -> Language | None:
    subtags = tag.lower().split("-")
    if subtags[0] == "en":
        return "en"
    if subtags[0] != "zh":
        return None
    traditional = {"hant", "tw", "hk", "mo"} & set(subtags) and "hans" not in subtags
    return "zh-Hant" if traditional else "zh-Hans"
