"""Numbers in words: Chinese numerals up to ninety-nine, and digit by digit for years, read, and up to 999 written;
English numbers, ordinals, months."""

NUMERAL = (
    "(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"  # a pattern: up to ninety-nine
)

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
CARDINALS = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
ORDINALS = {word: value for value, word in enumerate(_ORDINALS, 1)}
MONTHS = "january february march april may june july august september october november december".split()
# By what every way to write one begins with.
MONTH_NUMBERS = {month[:3]: value for value, month in enumerate(MONTHS, 1)}

ZEROS = "〇零○◯o0"  # what is typed for it, folded
_CHARACTERS = "〇一二三四五六七八九"
_DIGITS = {char: digit for digit, char in enumerate(_CHARACTERS)} | dict.fromkeys(ZEROS, 0) | {"两": 2}


def parse_numeral(text: str) -> int:
    """The value of 「二」, 「十二」, 「二十」, 「三十一」, "two", of 「二〇二三」 read digit by digit, or of Arabic digits.

    Raises ValueError for what is no such number, as 「十十」.
    """
    if text.isdecimal():
        return int(text)
    if text in CARDINALS:
        return CARDINALS[text]
    try:
        if "十" not in text:
            return int("".join(str(_DIGITS[char]) for char in text))
        tens, ones = text.split("十", 1)
        return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
    except KeyError:
        raise ValueError(f"{text!r} is no numeral up to ninety-nine") from None


def chinese_number(value: int) -> str:
    """一, 十, 二十三, 一百〇五 for 1 to 999; digits beyond."""
    if not 0 < value < 1000:
        return str(value)
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_CHARACTERS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _CHARACTERS[tens]) + "十"
    elif hundreds and ones:
        text += "〇"
    return text + (_CHARACTERS[ones] if ones else "")
