"""The words that compare: years, editions of a text, or what was and what is. Patterns are of folded text."""

import re

_DIFFER = (
    r"不同|区别|差别|差异|相比|比较|对比|比起|多还是|差(?:多少|几)|相差|比(?:以前|原来|原先|过去|从前|旧)"
    r"|\bcompared?\b|\bdiffer|\bthan before\b|\bversus\b|\bvs\b"
)
_CHANGE = (
    r"变化|变了|有变|改了|改成|改动|涨了|降了|换成(?:谁|什么|啥|几|多少)|(?:[多少]|修[订改]|调整)了(?:什么|哪些|啥)"
    r"|(?:增|减|加|提高|便宜|缩短|延长|放宽|收紧)了(?:多少|哪些|几)|(?:调高|调低|上调|下调|放低)了?(?:多少|哪些|几)"
    r"|从(?:多少|几|什么|哪).{0,6}[变改调提升降增减涨到至]|从[^,。?]{1,8}[变改调提升降增减涨扩].{0,2}(?:多少|几|什么|谁)|(?:怎么|如何)(?:改|变|调整)的|([涨变改换降])没\1|换了没|有没有[涨变改换降]"
    r"|\bchange[ds]\b|\bhow\b.*\bchange\b|\b(?:go|went|gone) (?:up|down)\b|\bhow much did\b.*\b(?:rise|increase|grow|drop|fall|decrease)\b"
)
_BEFORE_AND_NOW = (
    r"前后|改之?[前后]|新[旧老]|旧新|两版|先后.{0,6}[哪谁]|老(?:规定|办法|规则|标准)[和与、跟]|(?:以前|原来|前任).*(?:现在|如今|现任)|(?:现在|目前|现任).*(?:以前|原来|前任)"
    r"|\bbefore\b,? and\b.*\b(?:after|now)\b|\bnow\b.*\bbefore\b|\bold\b[^.?]{0,20}\band\b.*\b(?:new|current)\b|\bthe two\b.*\brules\b|\bafter the revision\b"
)
_EACH = (
    r"历年|历届|各[届年]|每届.{0,10}都.{0,3}谁|[这近][几两三四]年|逐年|每年各|[两三四五]年来|最近[两三四五]个?(?:年|季|届|学年|赛季|雪季)|[两三四五]个(?:年度|学年|赛季|雪季)"
    r"|[两三四五](?:年|届|季|个?年度).{0,10}(?:各|分别)|[两三]次.{0,8}各|[两三四五][年届季]的?[^,。?]{1,8}数$|哪一?[年届].{0,12}最|\b(?:in|for) each year\b"
)
_COMPARES = re.compile("|".join((_DIFFER, _CHANGE, _BEFORE_AND_NOW, _EACH)))
_THAN_YEAR_BEFORE = re.compile(r"比(?:上一?|前一?|去)年|较上年|\b(?:previous year|(?:the|a) year before)\b")


def compares(index: str) -> bool:
    """Whether a question asks how editions or years differ, or what was in each of several."""
    return bool(_COMPARES.search(index))


def is_than_year_before(index: str) -> bool:
    """Whether a question compares a year with the one before."""
    return bool(_THAN_YEAR_BEFORE.search(index))
