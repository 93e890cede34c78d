"""Numbers in words: Chinese numerals up to ninety-nine, and digit by digit for years; English numbers, ordinals, months."""

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
_DIGITS = (
    {char: digit for digit, char in enumerate("一二三四五六七八九", 1)} | dict.fromkeys(ZEROS, 0) | {"两": 2}
)


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
