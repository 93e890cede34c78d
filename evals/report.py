"""Showing a finished run: tables for the terminal, JSON for programs, one HTML file for reading failures."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.run import Exam, Record
from evals.squad import SquadResult
from evals.summary import Estimate
from ingest.errors import HuiwenError

# The columns of the tables by group; the JSON has every metric of every group.
_GROUP_COLUMNS = {
    "answer_accuracy": "accuracy",
    "key_point_recall": "points",
    "evidence_f1": "ev. F1",
    "citation_validity": "valid",
    "hit@1": "hit@1",
    "mrr": "MRR",
    "latency_ms_p50": "p50 ms",
}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Huiwen 会问: evaluation</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .1rem .8rem; text-align: left }
article { border-top: 1px solid #999; margin-top: 1.5rem } .why { color: #a00000 }
pre { white-space: pre-wrap; background: #f4f4f4; padding: .6rem; font: inherit }
</style>
<h1>Huiwen 会问: evaluation</h1>
<p>{{ exam.records|length }} questions over {{ exam.corpus|length }} documents; revision
{{ exam.revision or "unknown" }}; embedding model {{ exam.settings.embedding_model or "bundled" }}.</p>
<table>
<tr><th>metric<th>value<th>N<th>95% interval</tr>
{% for name, estimate in exam.overall.items() %}
<tr><td>{{ name }}<td>{{ number(name, estimate.value) }}<td>{{ estimate.n }}
<td>{{ interval(name, estimate) }}</tr>
{% endfor %}
</table>
<h2>Failed questions ({{ exam.failed|length }})</h2>
{% for record in exam.failed %}
<article>
<h3>{{ record.question.id }}: {{ record.question.question }}</h3>
{% if record.question.history %}<p>after: {{ record.question.history|join(" → ") }}</p>{% endif %}
<p>{{ record.question.lang }}, {{ record.question.type }}</p>
<ul class="why">{% for reason in record.failures %}<li>{{ reason }}{% endfor %}</ul>
<p>Answer{{ " (a refusal)" if record.answer.refused }}:</p>
<pre>{{ record.answer.answer }}</pre>
<ul>{% for c in record.answer.citations %}<li>[{{ c.n }}] {{ c.document }} {{ c.start }}–{{ c.end }}:
{{ c.quote }}{% endfor %}</ul>
<p>Expected of {{ record.question.docs|join(", ") or "a refusal" }}:</p>
<ul>{% for quote in record.question.quotes %}<li>{{ quote }}{% endfor %}</ul>
</article>
{% endfor %}
</html>
"""


def print_exam(exam: Exam, console: Console) -> None:
    """Three tables (overall, by language, by type), then the failed questions, one line each."""
    console.print(_metric_table(f"overall, {len(exam.records)} questions", exam.overall))
    for kind, heading in (("lang", "by language"), ("type", "by type")):
        console.print(_group_table(heading, exam, kind))
    console.print(f"failed questions: {len(exam.failed)} of {len(exam.records)}")
    for record in exam.failed:
        print_line(console, _failure_line(record))


def print_squad(result: SquadResult, console: Console) -> None:
    """One table, then what the numbers leave out: excluded questions, refusals, the speed of ingest."""
    console.print(_metric_table(f"{len(result.records)} questions", result.metrics))
    speed = result.texts_per_second
    rate = "not measured" if speed is None else f"{speed:.1f} texts/second"
    print_line(console, f"ingest: {result.paragraphs} paragraphs, {rate}")
    print_line(console, f"refused, counted as misses: {result.refused}")
    ids = f" ({', '.join(result.excluded)})" if result.excluded else ""
    print_line(console, f"excluded, no question text or no gold answer: {len(result.excluded)}{ids}")


def print_line(console: Console, line: str) -> None:
    """Print one line as it is: not wrapped, its brackets not taken for rich's markup."""
    console.print(line, soft_wrap=True, markup=False, highlight=False)


def write_exam_json(exam: Exam, path: Path) -> None:
    """Everything of the run; a number that the run cannot give is null."""
    questions = [
        {
            **record.question.model_dump(),
            "answer": record.answer.model_dump(),
            "scores": record.scores,
            "failures": record.failures,
        }
        for record in exam.records
    ]
    _write_json(
        path,
        {
            "settings": exam.settings,
            "revision": exam.revision,
            "corpus": exam.corpus,
            "n": len(exam.records),
            "metrics": _plain(exam.overall),
            "groups": {
                kind: {label: _plain(estimates) for label, estimates in labels.items()}
                for kind, labels in exam.groups.items()
            },
            "questions": questions,
        },
    )


def write_squad_json(result: SquadResult, path: Path) -> None:
    """Everything of the run; a number that the run cannot give is null."""
    _write_json(path, {"n": len(result.records), **asdict(result)})


def write_exam_html(exam: Exam, path: Path) -> None:
    """One self-contained page: the overall metrics, and every failed question in full."""
    template = Environment(autoescape=True, trim_blocks=True).from_string(_PAGE)
    _write(path, template.render(exam=exam, number=_number, interval=_interval))


def _metric_table(title: str, estimates: Mapping[str, Estimate]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("metric")
    for heading in ("value", "N", "95% interval"):
        table.add_column(heading, justify="right")
    for name, estimate in estimates.items():
        table.add_row(name, _number(name, estimate.value), str(estimate.n), _interval(name, estimate))
    return table


def _group_table(title: str, exam: Exam, kind: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    table.add_column("", no_wrap=True)
    for heading in ("N", *_GROUP_COLUMNS.values()):
        table.add_column(heading, justify="right")
    for label, estimates in exam.groups[kind].items():
        values = [_number(name, estimates[name].value) for name in _GROUP_COLUMNS]
        table.add_row(label, str(estimates["answer_accuracy"].n), *values)
    return table


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if name.startswith("latency_ms") else f"{value:.3f}"


def _interval(name: str, estimate: Estimate) -> str:
    if estimate.low is None:
        return "–"
    return f"{_number(name, estimate.low)} – {_number(name, estimate.high)}"


def _failure_line(record: Record) -> str:
    return f"{record.question.id}  {record.question.question}  {'; '.join(record.failures)}"


def _plain(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(estimate) for name, estimate in estimates.items()}


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    _write(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise HuiwenError(f"{path}: the report cannot be written ({error.strerror}).") from None
