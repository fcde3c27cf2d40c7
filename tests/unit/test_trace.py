"""Traces: what is read of a `traceparent`, and what a task works for."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import orjson
import pytest

from server.environment import SettingsError
from server.logging import JsonFormatter, request_id
from server.tracing import begin_tracing
from services import trace
from services.trace import SpanKind
from tests.fakes.tracer import FakeTracer, a_traceparent, taking_spans

A, B = "a" * 32, "b" * 16
GIVEN = f"00-{A}-{B}-01"


@pytest.fixture
def tracer() -> Iterator[FakeTracer]:
    with taking_spans() as tracer:
        yield tracer


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (GIVEN, GIVEN),
        (f"00-{A}-{B}-00", f"00-{A}-{B}-00"),
        (f"00-{A}-{B}-ff", f"00-{A}-{B}-ff"),
        (f"cc-{A}-{B}-03-more", GIVEN),
        (f"cc-{A}-{B}-02", f"00-{A}-{B}-00"),
        (f"00-{A}-{B}-01-more", None),
        (f"ff-{A}-{B}-01", None),
        (f"00-{'0' * 32}-{B}-01", None),
        (f"00-{A}-{'0' * 16}-01", None),
        (GIVEN.upper(), None),
        (GIVEN + "\n", None),
        (f"00-{'١' * 32}-{B}-01", None),
        (f"cc-{A}-{B}-01.more", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_malformed_is_as_if_nothing_had_been_given(given: str | None, read: str | None) -> None:
    assert trace.traceparent_of(given) == read


def test_where_nobody_takes_spans_what_was_given_is_handed_on_as_it_is() -> None:
    with trace.work("request", given=GIVEN) as span:
        assert (span, trace.current()) == (None, GIVEN)
        with trace.work("inner"), trace.joint_work("commit", [GIVEN]):
            assert trace.current() == GIVEN
        assert trace.begin_each("publish", SpanKind.PRODUCER, [GIVEN]) == ()
    assert trace.current() is None


@pytest.mark.parametrize("given", [None, "malformed"])
def test_where_nobody_takes_spans_nothing_is_made_up(given: str | None) -> None:
    with trace.work("request", given=given):
        assert trace.current() is None


def test_work_is_a_part_of_what_was_given_and_other_work_a_part_of_it(tracer: FakeTracer) -> None:
    with trace.work("request", SpanKind.SERVER, given=GIVEN), trace.work("inner"):
        pass
    request, inner = tracer.spans
    assert (request.parent, request.kind, inner.parent) == (GIVEN, SpanKind.SERVER, request.traceparent)
    assert trace.trace_id(inner.traceparent) == A
    assert (request.ended, inner.ended) == (1, 1)


def test_who_brings_nothing_that_can_be_read_begins_a_trace(tracer: FakeTracer) -> None:
    for given in (None, "malformed"):
        with trace.work("request", given=given) as span:
            assert span is not None
            assert trace.current() == span.traceparent
    assert [span.parent for span in tracer.spans] == [None, None]


def test_work_that_fails_says_so_without_the_text_of_its_fault(tracer: FakeTracer) -> None:
    with pytest.raises(ValueError), trace.work("request"):
        raise ValueError("the order of somebody")
    assert [(span.failed, span.ended) for span in tracer.spans] == [("ValueError", 1)]
    assert trace.current() is None


def test_joint_work_is_a_part_of_the_first_sampled_trace_and_linked_to_the_others(tracer: FakeTracer) -> None:
    unsampled, first, second = a_traceparent(sampled=False), a_traceparent(), a_traceparent()
    for asked_by in ([unsampled, None, first, second, first], [unsampled], [None]):
        with trace.joint_work("commit", asked_by):
            pass
    assert [(span.parent, span.links) for span in tracer.spans] == [
        (first, (unsampled, second)),
        (unsampled, ()),
        (None, ()),
    ]


def test_each_sampled_trace_gets_one_span_of_what_is_done_for_several(tracer: FakeTracer) -> None:
    first, second, unsampled = a_traceparent(), a_traceparent(), a_traceparent(sampled=False)
    spans = trace.begin_each("publish", SpanKind.PRODUCER, [first, None, second, first, unsampled])
    trace.end_each(spans, OSError("no broker"))
    assert [(span.parent, span.ended, span.failed) for span in tracer.spans] == [
        (first, 1, "OSError"),
        (second, 1, "OSError"),
    ]


def test_a_line_of_the_log_names_the_trace_beside_the_request() -> None:
    record = logging.makeLogRecord({"msg": "it failed", "levelno": logging.ERROR, "levelname": "ERROR"})
    current = request_id.set("r-1")
    try:
        with trace.work("request", given=GIVEN):
            line = orjson.loads(JsonFormatter().format(record))
    finally:
        request_id.reset(current)
    assert (line["requestId"], line["traceId"], line["spanId"]) == ("r-1", A, B)
    assert not {"requestId", "traceId", "spanId"} & orjson.loads(JsonFormatter().format(record)).keys()


QUIET: list[dict[str, str]] = [
    {},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
]
PROGRAM = f"""
import sys
import server.cli, server.serving, server.consuming
from server.tracing import begin_tracing
from services import trace
for environ in {QUIET}:
    begin_tracing("api", environ)()
    assert not trace.taken(), environ
heavy = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "google.protobuf", "requests")
sys.exit(",".join(name for name in heavy if name in sys.modules) or None)
"""


def test_where_nobody_asks_for_spans_nothing_that_sends_them_is_imported() -> None:
    kept = {name: value for name, value in os.environ.items() if name == "PYTHONPYCACHEPREFIX"}
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=kept, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"])
def test_a_protocol_that_we_do_not_speak_is_refused_by_its_variable(name: str) -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", name: "grpc"}
    with pytest.raises(SettingsError, match=f"{name} must be http/protobuf"):
        begin_tracing("api", environ)
