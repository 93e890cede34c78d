"""A finished exam in the terminal and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.confidence import LEAST_CONFIDENCE
from evals.baseline import Change, Comparison
from evals.examiner import Record
from evals.output import metric_table, number, plain, print_line, write_json
from evals.run import Exam
from evals.summary import Estimate

if TYPE_CHECKING:
    from evals.judge import Judged

# The columns of the tables by group; the JSON has every metric of every group.
GROUP_COLUMNS = {
    "answer_accuracy": "right",
    "key_point_recall": "points",
    "evidence_f1": "ev.F1",
    "citation_recall": "cited",
    "refusal_f1": "ref.F1",
    "false_refusal_rate": "false",
    "hit@1": "hit@1",
    "mrr": "MRR",
    "latency_ms_p50": "ms",
}


def print_exam(exam: Exam, comparison: Comparison | None, console: Console) -> None:
    """A table of all metrics, one for each grouping, the failed questions and what changed, a line each."""
    console.print(metric_table(f"overall, {len(exam.records)} questions", exam.overall))
    for kind, groups in exam.groups.items():
        console.print(_group_table(f"by {kind}", groups))
    if exam.judged:
        print_line(console, judged_line(exam.judged))
    print_line(console, f"failed questions: {len(exam.failed)} of {len(exam.records)}")
    for record in exam.failed:
        print_line(console, _failure_line(record))
    if comparison:
        _print_comparison(comparison, console)


def judged_line(judged: "Judged") -> str:
    """The chat model's grades in one line."""
    value = number("judge_accuracy", judged.accuracy.value)
    return f"judge_accuracy: {value} of {judged.accuracy.n} graded; not graded: {judged.failed}"


def comparison_line(comparison: Comparison) -> str:
    """What was compared, in one line."""
    revision = comparison.revision or "unknown"
    return (
        f"against revision {revision}: {comparison.common} common questions, {comparison.left_out} left out"
    )


def change_line(change: Change) -> str:
    """One change, in one line."""
    verdict = "better" if change.better else "worse"
    values = f"{change.metric} {change.before:.2f} → {change.after:.2f}"
    return f"{verdict}: {change.id}  {change.question}  {values}"


def write_exam_json(exam: Exam, comparison: Comparison | None, path: Path) -> None:
    """Everything of the run; a number that the run cannot give is null."""
    write_json(
        path,
        {
            "settings": exam.settings,
            "revision": exam.revision,
            "corpus": exam.corpus,
            "n": len(exam.records),
            "metrics": plain(exam.overall),
            "groups": {
                kind: {label: plain(estimates) for label, estimates in labels.items()}
                for kind, labels in exam.groups.items()
            },
            "refusal_curve": {
                "threshold": LEAST_CONFIDENCE,
                "points": {name: [asdict(point) for point in curve] for name, curve in exam.curves.items()},
            },
            "judge": exam.judged
            and {"judge_accuracy": asdict(exam.judged.accuracy), "failed": exam.judged.failed},
            "baseline": comparison and asdict(comparison),
            "questions": [_question(record, exam.judged) for record in exam.records],
        },
    )


def _question(record: Record, judged: "Judged | None") -> dict[str, object]:
    return {
        **record.question.model_dump(),
        "half": record.half,
        "answer": record.answer.model_dump(),
        "scores": record.scores,
        "failures": record.failures,
        "diagnosis": record.diagnosis and asdict(record.diagnosis),
        "grade": judged and judged.grades[record.question.id],
    }


def _print_comparison(comparison: Comparison, console: Console) -> None:
    print_line(console, comparison_line(comparison))
    console.print(metric_table("difference to the baseline", comparison.differences, "difference"))
    for change in comparison.changes:
        print_line(console, change_line(change))


def _group_table(title: str, groups: Mapping[str, Mapping[str, Estimate]]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    table.add_column("", no_wrap=True)
    for heading in ("N", *GROUP_COLUMNS.values()):
        table.add_column(heading, justify="right")
    for label, estimates in groups.items():
        values = [number(name, estimates[name].value) for name in GROUP_COLUMNS]
        table.add_row(label, str(estimates["answer_accuracy"].n), *values)
    return table


def _failure_line(record: Record) -> str:
    lost = f" [{record.diagnosis.step}]" if record.diagnosis else ""
    return f"{record.question.id}  {record.question.question}  {'; '.join(record.failures)}{lost}"
