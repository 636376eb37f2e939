"""What callers are and have is nowhere in plain: not in the database, the logs or the metrics."""

from __future__ import annotations

import io
import logging
from base64 import b64encode
from dataclasses import replace
from uuid import UUID

import pytest
import trio

from auctiond.logs import JsonLines
from auctiond.pg.people import People
from auctiond.pg.roles import AUDITOR
from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.offers import destination
from auctiond.sandbox.people import person
from market.network import AskZip
from tests.whole.networks import FALLBACK, FIRST, NUMBER, SECOND, TWO, network_of, pinged
from tests.whole.stage import SEED, open_stage, until

CALLERS = 5
NET = "/v1/network/"
BLOCKED = (person(SEED, 3).number[:5] + "*", person(SEED, 4).number)
MORE = {"city": "Quillayute Falls", "dob": "1961-07-31", "trustedform_url": "https://cert.tf/q7"}


@pytest.fixture
def logged():
    """All that is logged meanwhile, by whomever, at any level, as the server writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
async def stage(plan, monkeypatch):
    """A stage on which calls of every kind have taken place."""
    monkeypatch.setattr(formats, "BILLABLE_S", 0)

    def network(ports):
        wanted = network_of([*TWO, pinged(0, ports[0])], ask_zip=AskZip(tries=1, timeout_s=1.0))
        return replace(wanted, blocked_callers=BLOCKED)

    async with open_stage(replace(plan, laws=("low_balance",)), network) as opened:
        for number in (destination(0), FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        sold = [await call(opened, n) for n in (0, 1, 3)]
        leaves = await call(opened, 2, hang_up_after_s=0.2)
        unknown = await call(opened, 4, to="+15558009999")
        for session in (*sold, leaves, unknown):
            await opened.over(session)
        await until(lambda: posts_of(opened))
        await stage_a_network(opened)
        yield opened


async def stage_a_network(stage):
    """Prepare a network that blocks another person, with the number in the note too."""
    number = person(SEED, 2).number
    text = (await stage.api.get("/v1/network")).text.replace(BLOCKED[1], number)
    for path in ("staged", "staged/apply"):
        note = {"note": f"block {number}"}
        how = {"content": text, "params": note} if path == "staged" else {"json": note}
        reply = await stage.api.request("PUT" if path == "staged" else "POST", NET + path, **how)
        assert reply.status_code == 200, reply.text
        assert found_in(reply.content) == []


async def call(stage, n, to=NUMBER, **script):
    """Place the call of a person with all that a publisher may send along."""
    caller = person(SEED, n)
    lead = {"name": caller.name, "phone": caller.number, "email": caller.email}
    order = {
        "from": caller.number,
        "to": to,
        "name": caller.name,
        "lead": lead | {"street": caller.street} | MORE,
        "script": {"zip": "10001", "talk_s": 0.2} | script,
    }
    return await stage.place_order(order)


async def posts_of(stage):
    return len(stage.shops.posts()) == 2


def personal():
    """Return what must not be found, in the shapes it could have."""
    needles = set(MORE.values())
    for n in range(CALLERS):
        caller = person(SEED, n)
        number = caller.number
        area, three, four = number[2:5], number[5:8], number[8:]
        needles |= {number[1:], number[2:], number[5:], f"{area}-{three}-{four}"}
        needles |= {f"({area}) {three}-{four}", f"{three}-{four}"}
        needles |= {caller.name, caller.name.split()[1], caller.email, caller.street}
    return needles


def found_in(data: bytes):
    """Return what of it is in `data`: as it is, in hex as bytea is dumped, or in base64."""
    data = data.lower()
    hits = []
    for needle in personal():
        raw = needle.lower().encode()
        shapes = (raw, raw.hex().encode(), needle.encode().hex().encode())
        hits += [needle for shape in shapes if shape in data]
        hits += [needle for start in range(3) if base64_core(needle, start) in data]
    return hits


def base64_core(needle, start):
    """Return the part of its base64 that does not depend on what stands before and after."""
    written = b64encode(b"\0" * start + needle.encode() + b"\0" * 2)
    return written[4 if start else 0 : -4].lower()


async def test_a_dump_of_the_database_holds_nothing_about_callers(
    stage, pg_server, pg_database, pg_super_url
):
    binary = pg_server.embedded.place.bin_dir / "pg_dump"
    command = [str(binary), "--dbname", pg_super_url, "--inserts"]
    dump = await trio.run_process(command, capture_stdout=True)
    assert NUMBER.encode() in dump.stdout  # Our own number is no secret: it is a real dump.
    assert dump.stdout.count(b"INSERT INTO auctiond.person_field") >= 4 * CALLERS
    assert b"block [number]" in dump.stdout
    assert dump.stdout.count(b"INSERT INTO auctiond.network_stage") == 1
    assert found_in(dump.stdout) == []


async def test_the_files_of_the_database_hold_nothing_about_callers(stage, pg_server, tmp_path):
    needles = tmp_path / "needles"
    needles.write_text("\n".join(sorted(personal())))
    folder = pg_server.embedded.place.data
    command = ["grep", "-rlaiF", "-f", str(needles), str(folder)]
    grep = await trio.run_process(command, capture_stdout=True, check=False)
    assert (grep.returncode, grep.stdout) == (1, b"")  # It looked everywhere, and found none.


async def test_the_logs_and_the_metrics_say_nothing_about_callers(logged, stage):
    metrics = await stage.metrics()
    assert 'auctiond_calls_total{disposition="sold"}' in metrics
    assert found_in(metrics.encode()) == []
    assert "call.ended" in logged.getvalue()
    assert found_in(logged.getvalue().encode()) == []


async def test_the_records_and_the_ledger_say_nothing_about_callers(stage):
    for line in (await stage.get("/v1/calls"))["calls"]:
        record = await stage.api.get(f"/v1/calls/{line['id']}")
        assert found_in(record.content) == []
    async with stage.server.base.pg.held(AUDITOR) as auditor:
        rows = await auditor.fetch("SELECT body FROM ledger_transfer")
    assert len(rows) >= 3
    assert found_in("\n".join(str(row["body"]) for row in rows).encode()) == []


async def test_a_refused_network_tells_no_number_of_a_blocked_caller(logged, stage):
    number, wrong = person(SEED, 2).number, person(SEED, 2).number + "1"
    text = (await stage.api.get("/v1/network")).text
    assert number in text  # Whoever may read the network gets it whole.
    for bad in (text.replace(number, wrong), text.replace(f'"{number}"]', "]", 1) + "\nx = 1\n"):
        reply = await stage.api.put("/v1/network", content=bad)
        assert reply.status_code == 422
        assert found_in(reply.content) == []
    assert found_in(logged.getvalue().encode()) == []
    reply = await stage.api.put("/v1/network", content=text.replace(f', "{number}"', ""))
    assert "blocked_callers" in str(reply.json()["changes"])
    assert found_in(reply.content) == []


async def test_an_erased_person_cannot_be_read_any_more_by_anybody(stage):
    base = stage.server.base
    lines = (await stage.get("/v1/calls"))["calls"]
    line = next(line for line in lines if line["disposition"] == "sold")
    row = await base.calls.get(UUID(line["id"]))
    kept = await People(base.pg).get(row.person_id)
    assert await People(base.pg).erase(row.person_id)
    assert await People(base.pg).get(row.person_id) is None
    assert await base.inbox.of_call(row.call_ref) == []  # The webhooks told it all as well.
    assert (await base.calls.get(row.id)).caller_index is None
    left = "SELECT count(*) FROM person_field WHERE person_id = $1"
    assert await base.pg.fetch_value(left, row.person_id) == 0
    record = await stage.get(f"/v1/calls/{row.id}")
    assert (record["disposition"], len(kept.fields) > 4) == ("sold", True)
