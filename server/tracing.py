"""Tracing: spans to OpenTelemetry, over OTLP, where the variables of its SDK ask for it.

The SDK reads them itself. Without an endpoint we import nothing of it: it would take a third of a second and 15 MB.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from server.environment import SettingsError
from services import trace
from services.trace import Attribute, SpanKind

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import SpanContext

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP = "http/protobuf"


def begin_tracing(role: str, environ: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """Tell spans from now on, where that is asked for; the end of it, which sends what is left and may take seconds.

    `role` is which of our processes this is; OTEL_SERVICE_NAME names it otherwise. Raises SettingsError.
    """
    if not _wanted(environ):
        return lambda: None
    _check_protocol(environ)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    try:
        provider = TracerProvider(resource=_resource(role))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    except ValueError as error:
        raise SettingsError(f"A variable of OpenTelemetry (OTEL_…) is malformed: {error}.") from error
    trace.tell(OpenTelemetry(provider))
    logger.info("spans are sent over OTLP")
    return lambda: _end(provider)


def _wanted(environ: Mapping[str, str]) -> bool:
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return False
    return any(environ.get(name, "").strip() for name in ENDPOINTS)


def _check_protocol(environ: Mapping[str, str]) -> None:
    """The one exporter that is installed: another would be left out without a word."""
    for name in PROTOCOLS:
        given = environ.get(name, "").strip()
        if given and given != HTTP:
            raise SettingsError(f"{name} must be {HTTP}, not {given!r}: spans are sent over HTTP alone.")


def _resource(role: str) -> Any:
    """What the variables say of this process, with a name of ours where they give none."""
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource

    named = OTELResourceDetector().detect().attributes.get(SERVICE_NAME)
    return Resource.create() if named else Resource.create({SERVICE_NAME: f"stockcast-{role}"})


def _end(provider: TracerProvider) -> None:
    trace.tell(None)
    provider.shutdown()


class OpenTelemetry:
    """Implements `services.trace.Tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import trace as api

        self._api = api
        self._tracer = provider.get_tracer("stockcast")
        self._kinds = {kind: api.SpanKind[kind.value] for kind in SpanKind}

    def begin(self, name: str, kind: SpanKind, parent: str | None, links: Sequence[str]) -> OpenTelemetrySpan:
        from opentelemetry.context import Context

        api, context = self._api, Context()
        if parent is not None:
            context = api.set_span_in_context(api.NonRecordingSpan(self._context_of(parent)), context)
        others = [api.Link(self._context_of(each)) for each in links]
        return OpenTelemetrySpan(self._tracer.start_span(name, context, self._kinds[kind], links=others))

    def _context_of(self, traceparent: str) -> SpanContext:
        ids = int(trace.trace_id(traceparent), 16), int(trace.span_id(traceparent), 16)
        return self._api.SpanContext(*ids, is_remote=True, trace_flags=self._api.TraceFlags(int(traceparent[53:], 16)))


class OpenTelemetrySpan:
    """Implements `services.trace.Span`."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: OtelSpan) -> None:
        context = span.get_span_context()
        self._span = span
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, name: str, value: Attribute) -> None:
        self._span.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self, fault: BaseException | None = None) -> None:
        if fault is not None:
            self.fail(type(fault).__name__)  # its text may name an order or a person: the log has it
        self._span.end()
