"""/metrics for Prometheus: the questions of this process, and what there is in its home."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from bot.audit import AuditLog
    from bot.desk.staging import Staging
    from ingest.library import Library


def metrics_route(library: "Library", staging: "Staging", audit: "AuditLog") -> APIRouter:
    """The route; who may read it is said in bot/access/rules.py."""
    home = CollectorRegistry()
    home.register(_Home(library, staging, audit))
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(REGISTRY) + generate_latest(home), media_type=CONTENT_TYPE_LATEST)

    return router


class _Home(Collector):
    """Read from the stores whenever it is asked for, so that it holds for all processes and after a restart."""

    def __init__(self, library: "Library", staging: "Staging", audit: "AuditLog") -> None:
        self._library, self._staging, self._audit = library, staging, audit

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "huiwen_documents", "Documents in the library.", value=len(self._library.documents())
        )
        ingest = CounterMetricFamily(
            "huiwen_ingest",
            "Documents added, replaced and removed, and files given to `huiwen ingest add` that failed.",
            labels=["outcome"],
        )
        for outcome, number in self._library.outcomes().items():
            ingest.add_metric([outcome], number)
        yield ingest
        uploads = GaugeMetricFamily("huiwen_uploads", "Files uploaded and not published.", labels=["state"])
        for state, number in Counter(item.state for item in self._staging.items()).items():
            uploads.add_metric([state], number)
        yield uploads
        actions = CounterMetricFamily(
            "huiwen_actions",
            "Entries of the log of actions: document.added, login.failed…",
            labels=["action"],
        )
        for action, number in self._audit.counts().items():
            actions.add_metric([action], number)
        yield actions
