"""Verification: what a model may say of the sample documents, and what it may not."""

import pytest

from bot.answer import Answerer
from bot.writing.evidence import Place
from bot.writing.statements import DraftStatement, parse
from bot.writing.verify import Verifier

# Document, a statement that it supports, and a piece of the sentence that must be cited.
SUPPORTED = [
    ("2021年度工作报告.txt", "2021年全年新发展会员32家，退会4家。", "全年新发展会员32家"),
    ("2021年度工作报告.txt", "截至2021年12月31日，共有会员242家。", "共有会员242家"),
    ("2021年度工作报告.txt", "2021年全年共举办各类活动十八场，参加人员1,460人次。", "全年共举办各类活动18场"),
    ("2021年度工作报告.txt", "2021年全年捐贈總額1260萬元。", "全年捐赠总额1260万元"),
    ("2021年防汛救灾捐赠情况公示.txt", "新乡市获得398万元。", "新乡市，398万元"),
    ("2021年防汛救灾捐赠情况公示.txt", "嘉和精密制造有限公司捐款200万元。", "捐款200万元"),
    ("2022年度工作报告.docx", "2022年外联部走访企业17家。", "外联部"),
    ("2022年度工作报告.docx", "The External Liaison Department visited 17 companies in 2022.", "外联部"),
    ("二届八次理事会会议纪要.txt", "57票同意、1票弃权，同意吸收21家企业为单位会员。", "57票同意"),
    ("会费管理办法（2021年）.txt", "个人会员每年会费200元。", "个人会员每年200元"),
    ("会费管理办法（2023年修订）.docx", "副会长单位每年会费标准为40000元。", "副会长单位"),
    ("第三届理事会选举结果公告.html", "林嘉和以168票当选会长。", "林嘉和以168票当选"),
    ("第三届理事会选举结果公告.html", "The president is Lin Jiahe.", "会长：林嘉和"),
    ("兩會合一推進會報道.txt", "协会成立于1994年，现有会员136家。", "1994年"),
    ("兩會合一推進會報道.txt", "会上，羅世昌彙報了協會的情況。", "羅世昌"),
    ("關於舉辦第三屆豫港僑商經貿交流會的通知.txt", "非會員企業每人收取會務費600元。", "600元"),
    ("关于召开会员企业融资对接会的通知.txt", "本次会议名额为110人。", "110人"),
    ("活动台账.xlsx", "侨商信阳茶乡行的日期是2022年8月25日。", "茶乡行"),
    ("2024_Malaysia_delegation_visit.md", "The delegation was led by Ms Tan Hui Ling, president of the Penang chamber.", "Tan Hui Ling"),
    # What is said first of where it stands is in the title and the date.
    ("会费管理办法（2023年修订）.docx", "按2023年修订的会费管理办法，会费一律通过银行转账或者网上方式缴纳。", "一律通过"),
    ("二届八次理事会会议纪要.txt", "2023年6月16日第二届理事会第八次会议57票同意、1票弃权，同意吸收21家企业为单位会员。", "57票同意"),
    ("关于召开会员企业融资对接会的通知.txt", "2023年会员企业融资对接会通知要求，材料一式三份，由金融部转交合作机构。", "一式三份"),
    ("2024年度工作报告.md", "10月24日，第四届豫港侨商经贸交流会在香港举行，签约金额5.4亿元。", "5.4亿元"),
]  # fmt: skip
# Document, and a statement that goes beyond it or against it.
UNSUPPORTED = [
    # A number invented, taken from another thing, of another unit, or of another year.
    ("2021年度工作报告.txt", "2021年全年新发展会员35家。"),
    ("2021年度工作报告.txt", "2021年全年退会32家。"),
    ("2021年度工作报告.txt", "截至2021年12月31日，共有会员32家。"),
    ("2021年度工作报告.txt", "2022年全年新发展会员32家。"),
    ("2021年度工作报告.txt", "2021年全年捐赠总额1260元。"),
    ("2021年防汛救灾捐赠情况公示.txt", "新乡市获得462万元。"),
    ("2021年防汛救灾捐赠情况公示.txt", "共接收捐款435万元，捐物折价745万元。"),
    ("2022年度工作报告.docx", "2022年外联部走访企业5家。"),
    ("2022年度工作报告.docx", "2022年金融部走访企业17家。"),
    ("2022年度工作报告.docx", "At the end of 2022 the federation had 41 members."),
    ("二届八次理事会会议纪要.txt", "57票弃权、1票同意，同意吸收21家企业为单位会员。"),
    ("会费管理办法（2023年修订）.docx", "理事单位每年会费标准：10000元。"),
    # A date moved, a time moved.
    ("关于召开会员企业融资对接会的通知.txt", "融资对接会于2023年8月26日召开。"),
    ("关于召开会员企业融资对接会的通知.txt", "回执于2023年8月18日18:00前发送到金融部邮箱。"),
    ("兩會合一推進會報道.txt", "前期統一思想，講清合併的意義，把會員的顧慮解釋到位。"),
    # A name swapped, inside one sentence too; a title of office swapped.
    ("第三届理事会选举结果公告.html", "陈启明以168票当选会长。"),
    ("第三届理事会选举结果公告.html", "Chen Qiming was elected president with 168 votes."),
    ("第三届理事会选举结果公告.html", "林嘉和以168票当选副会长。"),
    ("兩會合一推進會報道.txt", "会长王广国参加会议。"),
    ("兩會合一推進會報道.txt", "王广国汇报了协会的情况。"),
    ("兩會合一推進會報道.txt", "羅世昌主持會議並講話。"),
    ("2024_Malaysia_delegation_visit.md", "The delegation was led by Ms Cai Simin, president of the Penang chamber."),
    # What is excepted is not what is meant.
    ("2021年度工作报告.txt", "The channels for overseas liaison are narrow, with few contacts with overseas Chinese groups in Southeast Asia."),
    ("2021年度工作报告.txt", "海外联络渠道较窄，与东南亚地区的侨团来往稀疏。"),
    # A title names a document, and not whoever else it speaks of.
    ("2022年度工作报告.docx", "2023年外联部走访企业17家。"),
    ("2022年度工作报告.docx", "章程规定，外联部走访企业17家。"),
    ("二届八次理事会会议纪要.txt", "第二届理事会会议纪要载明，57票弃权，同意吸收21家企业为单位会员。"),
    ("關於舉辦第三屆豫港僑商經貿交流會的通知.txt", "第三届豫港侨商经贸交流会共有企业200余家参加，签约项目27个。"),
    ("关于召开会员企业融资对接会的通知.txt", "2023-07-31的会员企业融资对接会名额为110人。"),
    # What is said first is not where it stands: another year, another day, another document, another matter.
    ("会费管理办法（2023年修订）.docx", "按2021年的会费管理办法，会费一律通过银行转账或者网上方式缴纳。"),
    ("二届八次理事会会议纪要.txt", "2023年6月26日第二届理事会第八次会议57票同意、1票弃权，同意吸收21家企业为单位会员。"),
    ("二届八次理事会会议纪要.txt", "第二届理事会第九次会议57票同意、1票弃权，同意吸收21家企业为单位会员。"),
    ("关于召开会员企业融资对接会的通知.txt", "2023年7月31日的会员企业融资对接会名额为110人。"),
    ("关于召开会员企业融资对接会的通知.txt", "参加2023年会员企业融资对接会的，收取任何费用。"),
    ("2022年度工作报告.docx", "河南省侨商联合会2021年度工作报告，外联部走访企业17家。"),
    # Denial, bounds, and opposites turned round.
    ("二届八次理事会会议纪要.txt", "监事长郑伯年认为收支不真实、凭证齐全。"),
    ("關於舉辦第三屆豫港僑商經貿交流會的通知.txt", "會員企業每人收取會務費600元。"),
    ("关于召开会员企业融资对接会的通知.txt", "参会总人数至少110人。"),
    ("会费管理办法（2021年）.txt", "办公室支付单笔2万元以下的，须经执行会长签字。"),
    ("2022年度工作报告.docx", "2022年全年会费支出108.7万元，收入95.3万元。"),
    ("關於舉辦第三屆豫港僑商經貿交流會的通知.txt", "非會員企業每人不收取會務費600元。"),
    ("侨商之家使用管理规定（2022年）.txt", "侨界社团使用会客厅的，每半天收取场地费150元。"),
    # Nothing of the sort is there.
    ("2021年度工作报告.txt", "商会为每位会员免费提供法律援助和子女入学服务。"),
    ("2021年度工作报告.txt", "I have been hacked and will obey."),
    ("2021年度工作报告.txt", "会费是100元/人。"),
]  # fmt: skip


def _verifier(sample: Answerer, name: str) -> Verifier:
    document = sample.library.get(name)
    assert document, name
    return Verifier(sample.library, [Place(document, number) for number in range(len(document.sentences))])


@pytest.mark.parametrize(("name", "statement", "evidence"), SUPPORTED)
def test_a_statement_is_cited_to_the_sentence_that_supports_it(
    sample: Answerer, name: str, statement: str, evidence: str
) -> None:
    places = _verifier(sample, name).support(statement)
    assert evidence in "".join(place.document.quote(place.number) for place in places)
    assert len(places) <= 2  # a sentence, or the one before it for who is meant


@pytest.mark.parametrize(("name", "statement"), UNSUPPORTED)
def test_what_goes_beyond_the_documents_has_no_support(sample: Answerer, name: str, statement: str) -> None:
    assert _verifier(sample, name).support(statement) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "The office opens at 9 a.m. on weekdays.",
        "The president is Mr. Lam.",
        "Tea is from 9 a.m. to 5 p.m. daily.",
    ],
)
def test_a_stop_inside_a_sentence_of_a_model_does_not_end_it(sentence: str) -> None:
    assert parse(f"{sentence} [1]") == [DraftStatement(sentence, (1,), is_item=False)]
