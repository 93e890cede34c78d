"""Metric arithmetic, with each sum worked out by hand beside the expected score."""

import pytest

from bot.events import Answer, Citation
from evals import score
from evals.citations import citation_failures, citation_validity
from evals.curve import refusal_curve
from evals.evidence import Span, evidence, exam_faults, locate
from evals.matching import occurrences
from evals.questions import Question
from evals.ranking import hit_at, ndcg_at, reciprocal_rank, relevance
from evals.summary import difference, latency, mean, refusal_f1

# Offsets: 0-9 dues, 9-17 finance department, 17-25 liaison department.
TEXT = "会费每年100元。理事会设金融部。外联部负责联络。"
TEXTS = {"a.txt": TEXT, "b.txt": "会员共2100人。"}
DUES, FINANCE, LIAISON = Span("a.txt", 0, 9), Span("a.txt", 9, 17), Span("a.txt", 17, 25)

QUESTION = Question(
    id="q1",
    question="会费多少？设了哪个部门？",
    lang="zh-Hans",
    type="list",
    docs=["a.txt"],
    quotes=["会费每年100元", "理事会设财务部|理事会设金融部"],  # characters 0-8 and 9-16: 8 + 7 = 15
    key_points=["100元", "财务部|金融部"],
    forbidden=["200元"],
)
UNANSWERABLE = Question(id="q2", question="会长几岁？", lang="zh-Hans", type="unanswerable")


def answer(text: str, *spans: Span, refused: bool = False) -> Answer:
    citations = [
        Citation(
            n=n,
            document=span.document,
            title="",
            date=None,
            page=None,
            quote=TEXTS[span.document][span.start : span.end],
            start=span.start,
            end=span.end,
        )
        for n, span in enumerate(spans, start=1)
    ]
    return Answer(
        question="",
        language="zh-Hans",
        answer=text,
        refused=refused,
        confidence=0.0 if refused else 1.0,
        mode="extractive",
        citations=citations,
        timings_ms={"total": 1.0},
    )


RIGHT = answer("- 会费每年100元。[1]\n- 理事会设金融部。[2]", DUES, FINANCE)
REFUSAL = answer("资料中没有找到答案。", refused=True)


def evidence_of(given: Answer) -> tuple[float, float, float] | None:
    cited = [Span(c.document, c.start, c.end) for c in given.citations]
    return evidence(locate(QUESTION, TEXTS), cited)


def test_right_answer() -> None:
    assert score.answer_failures(QUESTION, RIGHT) == []
    assert score.key_point_recall(QUESTION, RIGHT) == 1  # 2 of 2
    assert citation_validity(RIGHT, TEXTS) == 1
    # cited 9 + 8 = 17 characters, 15 of them gold, gold 15: P = 15/17, R = 15/15, F1 = 2*15 / (17+15)
    assert evidence_of(RIGHT) == pytest.approx((15 / 17, 1, 30 / 32))


def test_traditional_answer_with_spaces_is_the_same_answer() -> None:
    given = answer("會費每年 100 元。[1]\n理事會設金融部。[2]", DUES, FINANCE)
    assert score.answer_accuracy(QUESTION, given) == 1


def test_number_changed() -> None:
    given = answer("会费每年2100元。[1]\n理事会设金融部。[2]", DUES, FINANCE)
    assert score.answer_accuracy(QUESTION, given) == 0
    assert score.key_point_recall(QUESTION, given) == 1 / 2  # 金融部, but not 100元
    both = answer("会费每年100元或200元。[1]\n理事会设金融部。[2]", DUES, FINANCE)
    assert score.answer_failures(QUESTION, both) == ["forbidden: 200元"]


def test_citation_moved_to_a_neighbour() -> None:
    moved = answer(RIGHT.answer, LIAISON, FINANCE)
    # cited 8 + 8 = 16, gold among them 7 (finance), gold 15: P = 7/16, R = 7/15, F1 = 2*7 / (16+15)
    assert evidence_of(moved) == pytest.approx((7 / 16, 7 / 15, 14 / 31))
    shifted = RIGHT.citations[0].model_copy(update={"start": 17, "end": 25})
    given = RIGHT.model_copy(update={"citations": [shifted, RIGHT.citations[1]]})
    assert citation_validity(given, TEXTS) == 0
    elsewhere = answer("会费每年100元。[1]\n理事会设金融部。[1]", Span("b.txt", 0, 9))
    assert score.answer_failures(QUESTION, elsewhere) == ["not cited: a.txt"]


def test_item_dropped() -> None:
    given = answer("会费每年100元。[1]", DUES)
    assert score.answer_accuracy(QUESTION, given) == 0
    assert score.key_point_recall(QUESTION, given) == 1 / 2
    # cited 9, gold among them 8, gold 15: P = 8/9, R = 8/15, F1 = 2*8 / (9+15)
    assert evidence_of(given) == pytest.approx((8 / 9, 8 / 15, 16 / 24))


def test_whole_document_dumped() -> None:
    given = answer(TEXT + "[1]", Span("a.txt", 0, 25))
    # cited 25, gold among them 15, gold 15: P = 15/25, R = 15/15, F1 = 2*15 / (25+15)
    assert evidence_of(given) == pytest.approx((15 / 25, 1, 30 / 40))
    # citing every part of it twice over changes nothing: a character counts once
    twice = answer(TEXT + "[1]", Span("a.txt", 0, 25), DUES, FINANCE, LIAISON)
    assert evidence_of(twice) == evidence_of(given)


def test_either_place_of_the_same_quote_is_evidence() -> None:
    texts = {"2022.txt": "会费100元。", "2023.txt": "今年会费100元。"}
    question = QUESTION.model_copy(update={"docs": ["2022.txt|2023.txt"], "quotes": ["会费100元"]})
    gold = locate(question, texts)
    # 6 characters of the gold quote cited, of 6 gold and 6 or 9 cited
    assert evidence(gold, [Span("2022.txt", 0, 6)]) == (1, 1, 1)
    assert evidence(gold, [Span("2023.txt", 0, 9)]) == pytest.approx((6 / 9, 1, 12 / 15))


def test_refusal_where_there_is_an_answer() -> None:
    assert score.answer_accuracy(QUESTION, REFUSAL) == 0
    assert score.key_point_recall(QUESTION, REFUSAL) == 0
    assert evidence_of(REFUSAL) == (0, 0, 0)
    assert score.false_refusal_rate(QUESTION, REFUSAL) == 1
    assert score.refusal_precision(QUESTION, REFUSAL) == 0
    assert citation_validity(REFUSAL, TEXTS) is None


def test_answer_where_there_is_none() -> None:
    assert score.answer_accuracy(UNANSWERABLE, REFUSAL) == 1
    assert score.answer_accuracy(UNANSWERABLE, RIGHT) == 0
    assert score.refusal_recall(UNANSWERABLE, RIGHT) == 0
    assert score.refusal_precision(UNANSWERABLE, RIGHT) is None
    assert score.key_point_recall(UNANSWERABLE, RIGHT) is None
    assert evidence(locate(UNANSWERABLE, TEXTS), [DUES]) is None


def test_statement_without_mark_and_mark_without_citation() -> None:
    assert citation_failures(answer("会费每年100元。", DUES), TEXTS) == ["no [n]: 会费每年100元。"]
    assert citation_failures(answer("会费每年100元。[1][3]", DUES), TEXTS) == ["[3] has no citation"]


def test_a_label_is_no_statement() -> None:
    text = "**2022年**：\n\n据《会费管理办法》（2023-12-28）：\n\n会费每年100元。[1]"
    assert citation_failures(answer(text, DUES), TEXTS) == []
    quoted = answer("“会费每年100元”\n\n会费每年100元。[1]", DUES)
    assert citation_failures(quoted, TEXTS) == ["no [n]: “会费每年100元”"]


def test_exam_that_does_not_fit_the_documents() -> None:
    wrong = QUESTION.model_copy(update={"quotes": ["会费每年10元"]})
    assert exam_faults(wrong, TEXTS) == ["q1: not in its documents: 会费每年10元"]
    assert exam_faults(QUESTION, {}) == ["q1: there is no document a.txt"]
    assert exam_faults(QUESTION, TEXTS) == []


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("100元", "每人100元"),
        ("100元", "每人 1 0 0 元"),
        ("100元", "每人１００元"),
        ("100元", "1. 100元"),
        ("100元", "50-100元"),
        ("100元", "50元-100元"),
        ("100元", "50，100元"),
        ("100元", "会费——100元"),
        ("100元", "2023,100元"),
        ("2100元", "2,100元"),
        ("100", "2,100，100"),
        ("-5%", "增长-5%"),
        ("三人", "共三人"),
        ("执行会长", "執行會長"),
        ("2023年", "于2023年。"),
    ],
)
def test_found(needle: str, text: str) -> None:
    assert occurrences(needle, text)


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("100元", "2100元"),
        ("100元", "2,100元"),
        ("100元", "2.100元"),
        ("100元", "-100元"),
        ("100", "1000"),
        ("100", "100万"),
        ("100", "100 万"),
        ("100", "100.5"),
        ("100", "100,000"),
        ("5", "5％"),
        ("5%", "3.5%"),
        ("5%", "增长-5%"),
        ("-5%", "3-5%"),
        ("三人", "十三人"),
        ("三十", "三十六"),
        ("100元", "100美元"),
    ],
)
def test_a_number_is_found_whole_or_not_at_all(needle: str, text: str) -> None:
    assert occurrences(needle, text) == []


def test_occurrences_are_offsets_into_the_text_as_written() -> None:
    assert occurrences("1000元", "交 1,000\n元，再交1000元") == [(2, 9), (12, 17)]


def test_ranking() -> None:
    gold = locate(QUESTION, TEXTS)
    passages = [Span("b.txt", 0, 9), Span("a.txt", 0, 17), LIAISON, FINANCE]
    relevant = relevance(gold, passages)
    assert relevant == [False, True, False, True]
    assert [hit_at(k, relevant) for k in (1, 3)] == [0, 1]
    assert reciprocal_rank(relevant) == 1 / 2
    assert reciprocal_rank([False]) == 0
    # DCG = 1/log2(3) + 1/log2(5) = .6309 + .4307; ideal of 3 = 1 + .6309 + .5
    assert ndcg_at(10, relevant, 3) == pytest.approx(1.0616 / 2.1309, abs=1e-4)
    assert ndcg_at(10, [False], 0) is None


def test_none_is_left_out_of_a_mean() -> None:
    estimate = mean([1.0, None, 0.0])
    assert (estimate.value, estimate.n) == (0.5, 2)  # (1 + 0) / 2
    # resamples of {0, 1} have the means 0, .5, 1 with chances 1/4, 1/2, 1/4: 95% of them reach 0 and 1
    assert (estimate.low, estimate.high) == (0, 1)
    assert (mean([None]).value, mean([None]).n) == (None, 0)


def test_refusal_f1() -> None:
    cases = (
        [(UNANSWERABLE, REFUSAL)] * 2 + [(UNANSWERABLE, RIGHT)] * 2 + [(QUESTION, REFUSAL), (QUESTION, RIGHT)]
    )
    scores = [
        {"refusal_precision": score.refusal_precision(*case), "refusal_recall": score.refusal_recall(*case)}
        for case in cases
    ]
    assert mean(s["refusal_precision"] for s in scores).value == pytest.approx(2 / 3)  # 2 right of 3 refusals
    assert mean(s["refusal_recall"] for s in scores).value == 2 / 4  # 2 right of 4 unanswerable
    f1 = refusal_f1(scores)
    assert (f1.value, f1.n) == (pytest.approx(2 * 2 / (3 + 4)), 5)


def test_latency() -> None:
    estimates = latency([10.0, 20.0, 30.0, 40.0, None])
    assert estimates["latency_ms_p50"].value == 25  # halfway between 20 and 30
    assert estimates["latency_ms_p95"].value == pytest.approx(38.5)  # place .95 * 3 = 2.85: 30 + .85 * 10


def test_a_difference_is_paired() -> None:
    before = [{"answer_accuracy": 1.0}, {"answer_accuracy": 0.0}, {"answer_accuracy": None}]
    after = [{"answer_accuracy": 1.0}, {"answer_accuracy": 1.0}, {"answer_accuracy": None}]
    grown = difference("answer_accuracy", before, after)
    assert (grown.value, grown.n) == (1 / 2, 2)  # 2/2 - 1/2; the third question is not measured
    # resamples draw the first pair (0 grown) and the second (1 grown), never one answer of each
    assert (grown.low, grown.high) == (0, 1)
    assert difference("hit@1", before, after).value is None


def test_refusal_curve() -> None:
    def sure(confidence: float, given: Answer) -> Answer:
        return given.model_copy(update={"confidence": confidence})

    cases = [
        (QUESTION, sure(0.9, RIGHT)),
        (QUESTION, sure(0.5, RIGHT)),
        (UNANSWERABLE, sure(0.1, REFUSAL)),
        (UNANSWERABLE, sure(0.6, RIGHT)),
        (UNANSWERABLE, sure(0.95, REFUSAL)),  # refused for another reason, so at every threshold
    ]
    points = {point.threshold: point for point in refusal_curve(cases)}
    assert points[0.0].refusal_recall == 1 / 3  # the one refused anyway, of 3
    at = points[0.7]  # refuses .5, .1, .6 and the last: 4, of which 3 rightly
    assert (at.refusal_precision, at.refusal_recall, at.false_refusal_rate) == (3 / 4, 1, 1 / 2)
    assert at.refusal_f1 == 2 * 3 / (4 + 3)
    assert points[1.0].false_refusal_rate == 1
