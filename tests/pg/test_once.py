"""A POST with a key is done once: sent again, at the same time, changed, after a crash."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import trio

from auctiond.pg.once import OnceStore
from auctiond.web.idempotency import STALE, Once
from auctiond.web.problems import Problem, json_response
from tests.pg.stores import NOW, NOW_MS, call_id


class Client:
    """Sends one request after the other, and counts what was done."""

    def __init__(self, pg, run: int = 1) -> None:
        self.now_ms = NOW_MS
        self.done: list[object] = []
        self._ids = iter(range(1000 * run, 1000 * run + 999))
        self.once = Once(
            OnceStore(pg), lambda: self.now_ms, lambda: call_id(next(self._ids)), call_id(run)
        )
        self.gate = trio.Event()
        self.gate.set()
        self.started = trio.Event()
        self.problem: Problem | None = None

    async def post(self, key: str | None, body: bytes = b"{}", *, by="k1", required=True):
        async def get_data(as_text):
            return body

        headers = {} if key is None else {"Idempotency-Key": key}
        request = SimpleNamespace(method="POST", path="/p", headers=headers, get_data=get_data)
        reply = await self.once.answer(request, by, self._work, required=required)
        return reply.status_code, await reply.get_data(as_text=True)

    async def _work(self, id_):
        self.started.set()
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        self.done.append(id_)
        return json_response({"n": len(self.done)}, 201)


@pytest.fixture
def client(pg):
    return Client(pg)


async def refused(client, *args, **more) -> int:
    with pytest.raises(Problem) as caught:
        await client.post(*args, **more)
    return caught.value.status


async def test_the_second_gets_the_answer_of_the_first(client):
    assert await client.post("a") == (201, '{"n":1}')
    assert await client.post("a") == (201, '{"n":1}')
    assert await client.post("b") == (201, '{"n":2}')
    assert await client.post("a", by="k2") == (201, '{"n":3}')
    assert len(client.done) == 3


async def test_another_body_is_422_and_nothing_is_done(client):
    await client.post("a")
    assert await refused(client, "a", b"{ }") == 422
    assert len(client.done) == 1


async def test_while_it_runs_the_same_is_409_and_another_body_422(client):
    client.gate = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.post, "a")
        await client.started.wait()
        assert await refused(client, "a") == 409
        assert await refused(client, "a", b"[]") == 422
        client.gate.set()
    assert len(client.done) == 1
    assert await client.post("a") == (201, '{"n":1}')


async def test_twenty_at_once_are_one(client):
    answers = []

    async def one():
        try:
            answers.append((await client.post("a"))[0])
        except Problem as problem:
            answers.append(problem.status)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(one)
    assert len(client.done) == 1
    assert set(answers) <= {201, 409}


async def test_a_request_that_was_refused_frees_its_key(client):
    client.problem = Problem(400, "amount")
    assert await refused(client, "a") == 400
    client.problem = None
    assert await client.post("a", b"[]") == (201, '{"n":1}')


async def test_a_try_whose_client_left_is_made_again_with_the_same_id(client):
    client.gate = trio.Event()
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.post, "a")
            await client.started.wait()
            scope.cancel()
    client.gate.set()
    assert (await client.post("a"))[0] == 201
    assert client.done == [call_id(1000)]


async def test_what_another_run_left_is_taken_over_when_it_is_stale(pg, client):
    gone = Client(pg, run=2)
    gone.problem = Problem(503, "not available")
    assert await refused(gone, "a") == 503  # Done or not: nobody knows.
    assert await refused(client, "a") == 409
    client.now_ms += int(STALE.total_seconds() * 1000)
    client.problem = Problem(400, "amount")
    assert await refused(client, "a") == 400
    assert await refused(client, "a", b"[]") == 422  # The first may have done it: it stays taken.
    client.problem = None
    assert (await client.post("a"))[0] == 201
    assert client.done == [call_id(2000)]


@pytest.mark.parametrize("key", [None, "", " ", "x" * 256, "é", "a\nb"])
async def test_a_key_that_is_none_is_refused(client, key):
    assert await refused(client, key) == 400


async def test_where_no_key_is_needed_none_is_kept(client):
    assert (await client.post(None, required=False))[0] == 201
    assert (await client.post(None, required=False))[0] == 201
    assert len(set(client.done)) == 2


async def test_neither_key_nor_body_is_kept_and_all_is_pruned(pg, client):
    await client.post("secret of mine", b'{"name": "Somebody"}')
    row = await pg.fetch_row("SELECT * FROM api_once")
    told = b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in row.values())
    assert b"secret" not in told
    assert b"Somebody" not in told
    assert await client.once.store.prune(NOW) == 0
    assert await client.once.store.prune(NOW + timedelta(seconds=1)) == 1
    assert await client.post("secret of mine") == (201, '{"n":2}')
