"""The judge of citations: what it accepts and refuses, and the contrast that its thresholds rest on."""

from collections.abc import Iterator

import numpy as np
import pytest

from bot.answer import Answerer
from bot.events import Citation
from evals.quantities import quantities
from evals.support import LEAST_COVERAGE, LEAST_LIKENESS, Support, content_words, coverage
from ingest.document import Document
from ingest.fold import fold

# Each source with what a writer could make of it, in Chinese and in English.
PAIRS = [
    (
        "第九条 秘书处每半年向全体会员公布一次收支账目，每年聘请会计师事务所审计一次。",
        "收支账目每半年公布一次，每年由会计师事务所审计。",
        "The accounts are published to all members every half year and audited once a year.",
    ),
    (
        "林嘉和以168票当选会长。",
        "会长由林嘉和当选，得票168票。",
        "Lin Jiahe was elected president with 168 votes.",
    ),
    (
        "第四条 会员应于每年3月31日前缴清当年会费。",
        "会员须在每年3月31日之前交清会费。",
        "Members must pay the fee for the year before 31 March.",
    ),
    (
        "全年新发展会员41家，退会5家。",
        "当年新增会员41家，另有5家退会。",
        "41 new members joined and five left during the year.",
    ),
    (
        "第五条 会费一律通过银行转账或者网上方式缴纳，秘书处不再收取现金。",
        "会费只能通过银行转账或网上缴纳，不收现金。",
        "Dues may only be paid by bank transfer or online; cash is no longer accepted.",
    ),
    (
        "会议表决，56票同意、2票弃权，通过实施方案。",
        "方案以56票同意、2票弃权获得通过。",
        "The plan was adopted with 56 votes in favour and two abstentions.",
    ),
    (
        "四是拓宽海外联络，新聘海外联络员，与欧洲、大洋洲侨团建立经常联系。",
        "计划聘请海外联络员，与欧洲和大洋洲的侨团保持联系。",
        "Overseas liaison officers will be recruited to keep in touch with groups in Europe and Oceania.",
    ),
    (
        "个人会员每年300元，在校学生免缴。",
        "在校学生不用缴费。",
        "Students still at school pay no dues.",
    ),
    (
        "会员企业踊跃捐款捐物，全年捐赠总额1260万元，主要用于郑州、新乡、鹤壁三地的抢险与安置。",
        "全年捐赠总额为1260万元，主要用于郑州、新乡和鹤壁的抢险安置。",
        "Donations came to 12.6 million yuan, mainly for rescue in Zhengzhou, Xinxiang and Hebi.",
    ),
    ("建成南阳智慧商务园区。", "南阳智慧商务园区要建成。", "The smart business park in Nanyang is to be completed."),
    ("受理会员的融资需求。", "会员的融资需求由其受理。", "It takes care of member companies' requests for financing."),
    (
        "外联部部长蔡思敏会见了代表团。",
        "代表团由外联部部长蔡思敏会见。",
        "The delegation was received by the head of the external liaison department.",
    ),
]  # fmt: skip
RULES = "会费管理办法（2023年修订）.docx"
ROW = "会员类别：理事单位；每年会费标准：6000元；备注：无"
DEADLINE = "第四条 会员应于每年3月31日前缴清当年会费。"


@pytest.fixture(scope="module")
def documents(sample: Answerer) -> dict[str, Document]:
    stored = (sample.library.get(info.name) for info in sample.library.documents())
    return {document.name: document for document in stored if document}


@pytest.fixture(scope="module")
def support(sample: Answerer, documents: dict[str, Document]) -> Iterator[Support]:
    return Support(documents, sample.library.embedder)


def cite(document: Document, quote: str) -> Citation:
    start = document.text.index(quote)
    return Citation(
        n=1,
        document=document.name,
        title=document.title,
        date=document.date,
        page=None,
        quote=quote,
        start=start,
        end=start + len(quote),
    )


def test_thresholds_part_true_pairs_from_shuffled_ones(support: Support) -> None:
    sources = [source for source, _, _ in PAIRS]
    same = np.eye(len(PAIRS), dtype=bool)
    covered = np.array([[coverage(content_words(c), fold(s)) for s in sources] for _, c, _ in PAIRS])
    assert covered[same].min() >= LEAST_COVERAGE > covered[~same].max()
    alike = np.array([[support.likeness(english, s) for s in sources] for _, _, english in PAIRS])
    assert alike[same].min() >= LEAST_LIKENESS > np.percentile(alike[~same], 98)


@pytest.mark.parametrize("column", [1, 2])
def test_numbers_of_true_pairs_are_found_in_their_sources(column: int) -> None:
    for pair in PAIRS:
        values = {value for value, _ in quantities(pair[0])}
        assert {value for value, _ in quantities(pair[column])} <= values


@pytest.mark.parametrize(
    "text",
    [
        ROW,
        "理事单位每年会费标准为六千元。",
        "据《{title}》（{date}）：" + ROW,
        'According to "{title}" ({date}): ' + ROW,
        "2023年：" + ROW,
        "The dues of a director unit are 6,000 yuan.",
        "本规定出自旧版，已被《{title}》（{date}）取代。",
    ],
)
def test_supported(support: Support, documents: dict[str, Document], text: str) -> None:
    document = documents[RULES]
    stated = text.format(title=document.title, date=document.date)
    assert support.holds(stated, [cite(document, ROW)])


@pytest.mark.parametrize(
    "text",
    [
        ROW.replace("6000", "5000"),
        ROW.replace("6000元", "6000人"),
        "据《{title}》（{date}）：" + ROW.replace("6000", "8000"),
        "2019年：" + ROW,
        "The dues of a director unit are 5,000 yuan.",
        DEADLINE,
        "理事单位的会费由韩雪梅收取，每年6000元。",
        "2023年章程规定，副会长单位的名额由会长办公会研究确定，每年6000元。",
    ],
)
def test_not_supported(support: Support, documents: dict[str, Document], text: str) -> None:
    document = documents[RULES]
    assert not support.holds(text.format(title=document.title, date=document.date), [cite(document, ROW)])


def test_nothing_is_supported_by_no_citation(support: Support) -> None:
    assert not support.holds(ROW, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("共1,260万元", {(12_600_000, "元")}),
        ("12.6 million yuan", {(12_600_000, "")}),
        ("一千二百六十万元", {(12_600_000, "元")}),
        ("百分之三十五", {(35, "%")}),
        ("2023-12-28", {(2023, "年"), (12, "月"), (28, "日")}),
        ("28 December 2023", {(2023, ""), (12, "月"), (28, "")}),
        ("二〇二三年", {(2023, "年")}),
        ("金额（万元）：398", {(3_980_000, "元")}),
        ("一年一度的活动，一个会场", set()),
        ("增长-5%", {(-5, "%")}),
    ],
)
def test_quantities(text: str, found: set[tuple[float, str]]) -> None:
    assert quantities(text) == found
