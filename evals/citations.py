"""Citations: whether they are real, and whether they hold up the statements they are put behind."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.events import Answer, Citation
from evals.statements import MARK, Statement, content_lines, is_label, statements
from evals.support import Support


def citation_failures(answer: Answer, texts: Mapping[str, str]) -> list[str]:
    """What is wrong with the citations of an answer, one reason each.

    Every [n] must have a citation, every quote must be displayed_text[start:end] of its document, and
    every line of the answer that is neither a Markdown heading nor a label must carry an [n].
    """
    marks = {int(n) for n in MARK.findall(answer.answer)}
    missing = sorted(marks - {citation.n for citation in answer.citations})
    return [
        *(f"[{n}] has no citation" for n in missing),
        *(
            f"[{c.n}] is not what {c.document} says there"
            for c in answer.citations
            if not c.quote or texts.get(c.document, "")[c.start : c.end] != c.quote
        ),
        *(f"no [n]: {x}" for x in content_lines(answer.answer) if not is_label(x) and not MARK.search(x)),
    ]


def citation_validity(answer: Answer, texts: Mapping[str, str]) -> float | None:
    """1 if the answer's citations have no failure (see citation_failures), else 0; None for a refusal.

    A number out of range counts against the answer as in ALCE (Gao et al. 2023).
    """
    return None if answer.refused else float(not citation_failures(answer, texts))


@dataclass(frozen=True)
class CitationScores:
    """ALCE's citation precision and recall of one answer, and what they found wanting, one reason each."""

    precision: float | None
    recall: float | None
    failures: list[str]


def citation_scores(answer: Answer, support: Support) -> CitationScores:
    """Citation precision and recall of an answer; None on both for a refusal.

    Recall = supported statements ÷ statements: a statement is supported if its cited spans together hold
    it up; one without marks is not. Precision = needed citations ÷ citations, over the marks of all
    statements: a mark is needed if its statement is supported, and the span alone supports it or the others
    do not without it. A mark out of range supports nothing. An answer without a statement, or without a
    mark, scores 0: it is not skipped.
    Source: ALCE (Gao et al. 2023), section 3; the judge of support is `Support` in place of its NLI model.
    """
    if answer.refused:
        return CitationScores(None, None, [])
    cited = {citation.n: citation for citation in answer.citations}
    judged = [
        _Judged.of(each, cited, support) for each in statements(answer.answer) if not is_label(each.text)
    ]
    marks = sum(len(each.statement.marks) for each in judged)
    return CitationScores(
        precision=sum(each.needed for each in judged) / marks if marks else 0.0,
        recall=sum(each.supported for each in judged) / len(judged) if judged else 0.0,
        failures=[
            f"not supported by {_shown(each.statement.marks)}: {each.statement.text}"
            for each in judged
            if each.statement.marks and not each.supported
        ],
    )


@dataclass(frozen=True)
class _Judged:
    """A statement, whether its citations support it, and how many of them are needed."""

    statement: Statement
    supported: bool
    needed: int

    @classmethod
    def of(cls, statement: Statement, cited: Mapping[int, Citation], support: Support) -> "_Judged":
        def holds(marks: tuple[int, ...]) -> bool:
            return support.holds(statement.text, [cited[n] for n in marks if n in cited])

        if not holds(statement.marks):
            return cls(statement, supported=False, needed=0)
        if len(statement.marks) == 1:
            return cls(statement, supported=True, needed=1)
        needed = sum(
            holds((n,)) or not holds(tuple(other for other in statement.marks if other != n))
            for n in statement.marks
        )
        return cls(statement, supported=True, needed=needed)


def _shown(marks: tuple[int, ...]) -> str:
    return "".join(f"[{n}]" for n in marks)
