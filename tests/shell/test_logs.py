"""A log line tells what happened, and not to whom."""

import io
import logging
import sys
import warnings
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from auctiond.logs import HIDDEN_FIELD, Log, clean, hypercorn_logger, set_up_logs
from compliance.sealing import SealBroken, unseal
from market.call import State
from market.phone import Arrived

CALL = UUID("01937f3e-9a1b-7c3d-8e4f-5a6b7c8d9e0f")
SECRETS = ("2125550123", "212-555-0123", "Jane", "Doe", "jane@example.com", "1 Main St")


@pytest.fixture
def stream():
    root, ours = logging.getLogger(), logging.getLogger("auctiond")
    before = (root.handlers[:], root.level, ours.level, logging.raiseExceptions)
    root.handlers = []
    written = io.StringIO()
    set_up_logs("info", written)
    yield written
    logging.captureWarnings(False)
    root.handlers, logging.raiseExceptions = before[0], before[3]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def lines(stream):
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(stream):
    Log("desk").info("call.sold", call=CALL, leg=1, price_micros=12_500_000, took_ms=81.5)
    (line,) = lines(stream)
    assert line.pop("ts").endswith("+00:00")
    assert list(line)[:2] == ["level", "event"]
    assert line == {
        "level": "info",
        "event": "call.sold",
        "call": str(CALL),
        "leg": 1,
        "price_micros": 12_500_000,
        "took_ms": 81.5,
    }


def test_what_is_below_the_level_is_not_written(stream):
    Log().debug("ping.sent")
    assert stream.getvalue() == ""


def test_no_number_and_no_name_gets_into_the_log(stream):
    log = Log()
    lead = {"first_name": "Jane", "phone": "+12125550123", "zip": "10001"}
    arrived = Arrived("e1", "s1", "l1", 0, None, 0, caller="+12125550123", lead=lead)
    log.info("call.arrived", caller="+12125550123", name="Jane", note="from 212-555-0123")
    log.info("lead.read", lead=lead, list=[lead, "jane@example.com"], event_=arrived)
    log.info("mail jane@example.com", street="1 Main St", number=12125550123, ssn="078051120")
    log.warning("hook", body=b'{"from":"+12125550123"}', **{"212-555-0123": "x"})
    try:
        int("Jane")
    except ValueError as error:
        log.error("lead.broken", error, last_name="Doe")
    try:
        lead["Jane"]
    except KeyError as error:
        log.error("lead.broken", error, cause=error)
    text = stream.getvalue()
    assert len(lines(stream)) == 6
    for secret in SECRETS:
        assert secret not in text, secret
    assert "10001" in text


def test_the_fields_of_a_line_that_all_have_cannot_be_replaced(stream):
    Log().info("real", level="x", ts="y")
    (line,) = lines(stream)
    assert line["level"] == "info"
    assert line["ts"] != "y"


def test_an_error_is_told_by_its_type_and_our_own_frames(stream):
    try:
        unseal(bytes(32), b"\x01" + bytes(60), b"")
    except SealBroken as error:
        Log().error("person.unreadable", error, call=CALL)
    (line,) = lines(stream)
    assert line["error"]["type"] == "SealBroken"
    assert line["error"]["message"].startswith("damaged, moved")
    assert [frame.partition(":")[0] for frame in line["error"]["frames"]] == [
        "compliance/sealing.py"
    ]


def test_the_errors_of_a_group_and_the_causes_are_told(stream):
    cause = KeyError("Jane")
    inner = ValueError('no "Jane" at +12125550123\nDETAIL: Key (name)=(Doe)')
    inner.__cause__ = cause
    cause.__context__ = inner
    Log().error("desk.crashed", ExceptionGroup("many", [inner, OSError("away")]))
    (line,) = lines(stream)
    first, second = line["error"]["errors"]
    assert first["message"] == "no [value] at [number]"
    assert first["causes"] == [{"type": "KeyError", "message": "[value]"}]
    assert second == {"type": "OSError", "message": "away"}


def test_libraries_write_through_the_same_door(stream):
    hypercorn_logger().warning("Error for %s, '%s'", "+12125550123", "Jane")
    logging.getLogger("httpx2").info("HTTP Request: GET https://example.com/?name=Jane")
    logging.getLogger("quart.app").error("broken %d", "format")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", UserWarning, stacklevel=1)
    one, two, three = lines(stream)
    assert (one["event"], one["logger"]) == ("library", "hypercorn.error")
    assert one["message"] == "Error for [number], [value]"
    assert two["message"] == "broken %d"
    assert "old thing" in three["message"]


def test_an_error_of_a_library_loses_what_it_quotes(stream):
    try:
        orjson.loads('{"name": "Jane"')
    except ValueError:
        logging.getLogger("quart.app").exception("Exception on request POST /hooks")
    (line,) = lines(stream)
    assert line["error"]["type"] == "JSONDecodeError"
    assert "Jane" not in stream.getvalue()


@pytest.mark.parametrize(
    ("value", "logged"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (999_999, 999_999),
        (2_125_550_123, "[number]"),
        (-2_125_550_123, "-[number]"),
        (State.PINGING, "PINGING"),
        (Decimal("12.50"), "12.50"),
        (Path("/data/keys.json"), "/data/keys.json"),
        (("a", CALL), ["a", str(CALL)]),
        ({"zip": "10001", "email": "x"}, {"zip": "10001", "email": HIDDEN_FIELD}),
        (b"abc", "<bytes>"),
        (object(), "<object>"),
        ([[[[["deep"]]]]], [[[["<list>"]]]]),
        ("a\ud800b", "a?b"),
        ("x" * 5000, "x" * 2000),
    ],
)
def test_a_value_is_written_as_far_as_it_is_safe(value, logged):
    assert clean(value, "field") == logged


def test_a_long_number_needs_a_unit_in_its_name():
    assert clean(1_764_000_000_000, "at_ms") == 1_764_000_000_000
    assert clean(1_764_000_000_000, "at") == "[number]"
    assert clean(1 << 80, "at_ms") == "[number]"


def test_logs_go_to_stderr_unless_told_otherwise(stream, capsys):
    set_up_logs("warning")
    assert logging.getLogger().handlers[0].stream is sys.stderr
    Log().info("quiet")
    assert capsys.readouterr().err == ""


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_a_person_at_a_terminal_reads_words_and_no_more_than_a_log_tells(stream):
    screen = Screen()
    set_up_logs("info", screen)
    Log().warning("call.odd", call=CALL, caller="+12125550123", took_ms=81.5)
    (line,) = screen.getvalue().splitlines()
    assert line[8:] == f"  WARNING  call.odd  call={CALL}  caller={HIDDEN_FIELD}  took_ms=81.5"
