"""The words that compare: years, editions of a text, or what was and what is. Patterns are of folded text."""

import re

_DIFFER = (
    r"不同|区别|差别|差异|相比|比较(?![大小多少好贵便近远高低])|对比|比起|多还是|差(?:多少|几)|相差|比(?:以前|原来|原先|过去|从前|旧)"
    r"|\bcompared?\b|\bdiffer|\bthan before\b|\bversus\b|\bvs\b"
)
_CHANGE = (
    r"变化|变了|有变|改了|改成|改动|涨了|降了|换成(?:谁|什么|啥|几|多少)|(?:[多少]|修[订改]|调整)了(?:什么|哪些|啥)"
    r"|(?:(?<!新)增|减|(?<!参)加|提高|便宜|缩短|延长|放宽|收紧)了(?:多少|哪些|几)|(?:调高|调低|上调|下调|放低)了?(?:多少|哪些|几)"
    r"|从(?:多少|几(?![点号月日天])|什么(?![时地])|哪(?![里儿天年月])).{0,6}(?:[变改调升降增减涨]|提[高升到])|从多少.{0,6}[到至]"
    r"|从[^,。?]{1,8}(?:[变改调升降增减涨扩]|提[高升到]).{0,2}(?:多少|几|什么|谁)|(?:怎么|如何)(?:改|变|调整)的|([涨变改换降])没\1|换了没|有没有[涨变改换降]"
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


# 「个人会员和单位会员的会费有什么区别」 sets things beside each other that stand in one text.
_THINGS = re.compile(r"[^,。?]{2,}[和与跟][^,。?]{2,}(?:不同|区别|差别|差异)")
_EDITIONS = re.compile(
    rf"\d{{4}}|[新旧老]|[修调][订改整]|版|[届年期次]|以前|之前|从前|原[来先]|过去|现[在行]|目前|如今|{_BEFORE_AND_NOW}"
)


def compares(index: str) -> bool:
    """Whether a question asks how editions or years differ, or what was in each of several."""
    return bool(_COMPARES.search(index))


def is_between_things(index: str) -> bool:
    """Whether it asks how two things differ, not two editions or years."""
    return bool(_THINGS.search(index)) and not _EDITIONS.search(index)


def is_than_year_before(index: str) -> bool:
    """Whether a question compares a year with the one before."""
    return bool(_THAN_YEAR_BEFORE.search(index))
