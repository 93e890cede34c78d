"""OpenTelemetry traces of questions, where a collector is named."""

import os
from collections.abc import Mapping
from functools import cache

from opentelemetry.trace import NoOpTracer, Tracer, set_span_in_context

from bot.watch.request_id import current

_MILLISECOND = 1_000_000  # nanoseconds


def trace_question(outcome: str, started: int, timings_ms: Mapping[str, float]) -> None:
    """A span of a question that ends now, from `started` in ns since 1970, and one of each step in it.

    A step that was taken twice is one span, as long as both.
    """
    attributes = {"huiwen.outcome": outcome, "huiwen.request_id": current.get()}
    question = _tracer().start_span("question", start_time=started, attributes=attributes)
    context = set_span_in_context(question)
    for step, milliseconds in timings_ms.items():
        if step != "total":
            span = _tracer().start_span(step, context, start_time=started)
            started += int(milliseconds * _MILLISECOND)
            span.end(started)
    question.end()


@cache
def _tracer() -> Tracer:
    """Of this process, to the collector of OTEL_EXPORTER_OTLP_ENDPOINT by gRPC; to nowhere without that."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return NoOpTracer()

    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "huiwen")})
    # Not the global one: libraries would find it and send spans of their own, with whatever is in those.
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("huiwen")
