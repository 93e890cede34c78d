"""What members say without asking anything of the documents: a greeting, who are you, thanks, a goodbye."""

import re
from typing import Literal

Courtesy = Literal["greeting", "thanks", "goodbye"]

# Patterns are of folded text.
_THANKS = (
    r"(?:非常|十分|太|多)?(?:谢谢?|感谢)(?:你们?|您|大家)?(?:的?(?:帮助|帮忙|解答|回答|回复|答复|耐心)*)?"
    r"|辛苦|麻烦(?:你们?|您)?了|好的|(?:明白|知道|清楚|收到|懂)了"
    r"|(?:many )?(?:thanks|thank you|thx)(?: again)?(?: (?:so|very) much| a lot)?"
    r"(?: for (?:all )?(?:your|the) (?:help|information|answers?|reply|time))?|cheers|okay|ok|got it|great"
)
_GOODBYE = r"再见|拜拜|回见|下次见|晚安|(?:good|bye)[ -]?bye|bye|see you|good night"
_GREETING = (
    r"你好|您好|大家好|哈喽|早上好|早安|上午好|下午好|晚上好|在吗|有人吗"
    r"|[你您](?:是谁|是什么|是机器人|叫什么(?:名字)?|[能会可以]{1,2}(?:做|干|回答)?(?:什么|啥|些什么|哪些问题))"
    r"|hello|hi|hey|good (?:morning|afternoon|evening)|who are you|what (?:are you|can you do|do you do)"
)
_BESIDE = r"你们?|您|大家|[了啊呀吗吧哦嗯]|there|very much|a lot|so much|[\W_]"
# Possessive, so that a thousand 谢 take no time.
_COURTEOUS = re.compile(f"(?:{_THANKS}|{_GOODBYE}|{_GREETING}|{_BESIDE})*+")


def courtesy_of(index: str) -> Courtesy | None:
    """What folded text is that asks nothing; whoever says no words at all is greeted, too."""
    if not _COURTEOUS.fullmatch(index):
        return None
    if re.search(_GOODBYE, index):
        return "goodbye"
    return "thanks" if re.search(_THANKS, index) else "greeting"
