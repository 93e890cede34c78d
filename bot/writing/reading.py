"""Whether a chat model can be relied on to say that its sources do not answer, where it is asked what they nearly say.

Large models can, small ones cannot: of what the held-out archives do not answer, a large one declined every question and a
1.5B one a quarter, with one in thirteen that they do answer (docs/ACCURACY.md). So each is examined before it has a say.
"""

from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from bot.writing.model import complete
from bot.writing.prompt import Source, declines, writing_messages
from ingest.fold import fold, script_of
from ingest.make import document_from_text

_MOST_MISTAKES = 1


@dataclass(frozen=True)
class _Probe:
    """A question about a text; `answer` stands in every right answer, and is None where the text does not answer."""

    text: str
    question: str
    answer: str | None


_ROOM = "会员活动室使用须知\n活动室周一至周五9:00至17:30开放，周末不开放。钥匙在秘书处领取，用后当日归还。"
_DUES = "关于缴纳会费的通知\n请各单位于三月底以前缴清会费，逾期三个月的书面催缴。缴费后十个工作日内寄出收据。"
_MEETING = "2022年年会会议纪要\n会议于12月9日在同济楼召开，到会86人，会长方以宁主持。会议同意增补理事四名。"
_TOUR = "春季考察报名通知\n考察团定于4月12日出发，行程五天，限额30人，报名至3月25日止。费用由参加者自理。"
_GRANTS = "2021年助学金发放情况\n全年发放助学金26万元，受助学生52名，其中高中生30名。"
_GIFTS = "捐赠管理办法\n捐赠收据由财务部开具，单笔超过一万元的由监事会复核。"
_PROBES = (
    _Probe(_ROOM, "租活动室半天多少钱？", None),
    _Probe(_DUES, "钱交晚了会怎样？", "催缴"),
    _Probe(_MEETING, "增补的四名理事叫什么名字？", None),
    _Probe(_GRANTS, "受助的高中生有幾名？", "30名"),
    _Probe(_TOUR, "去考察每人要花多少钱？", None),
    _Probe(_ROOM, "礼拜六能进去吗？", "不开放"),
    _Probe(_GIFTS, "When was the donations policy last revised?", None),
    _Probe(_MEETING, "年会是谁主持的？", "方以宁"),
    _Probe(_DUES, "会费可以分两次缴吗？", None),
    _Probe(_TOUR, "最晚哪天报名？", "3月25日"),
    _Probe(_GRANTS, "2022年发了多少助学金？", None),
    _Probe(_GIFTS, "Who issues the receipts for donations?", "finance"),
)


def reads_well(model: BaseChatModel, seconds: float) -> bool:
    """Whether the model declines what its sources do not answer and answers what they do, each within `seconds`, but for
    one mistake; at the second, nothing further is asked. Raises ModelFailure when it gives no answer."""
    mistakes = 0
    for probe in _PROBES:
        mistakes += not _is_right(model, probe, seconds)
        if mistakes > _MOST_MISTAKES:
            return False
    return True


def _is_right(model: BaseChatModel, probe: _Probe, seconds: float) -> bool:
    document = document_from_text("1.txt", probe.text)
    sources = [Source(document, range(1, len(document.sentences)))]
    language = script_of(probe.question)
    messages = writing_messages(probe.question, language, sources, is_list=False, may_decline=True)
    output = complete(model, messages, seconds)
    if probe.answer is None:
        return declines(output)
    return probe.answer in fold(output).replace(" ", "")
