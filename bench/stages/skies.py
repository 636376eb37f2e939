"""The stage of `bench storm`: as many buyers as wanted, over TLS or not, of all kinds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from auctiond.networks.network_book import compile_edition
from bench.gate.calm import secure
from bench.stages.auctions import Stage, encode_only, open_stage
from bench.stages.certificate import Certificate
from bench.stages.networks import network_of
from bench.stages.shops import BuyersProcess
from bench.tools.cores import move_away
from buyers.library import load_library

SEED = 1


@contextmanager
def buyers_of_all_kinds(count: int, proof: Certificate | None) -> Iterator[BuyersProcess]:
    """Run `count` buyers while the block lasts; with a certificate, they speak TLS."""
    order = [str(count), str(SEED), *([] if proof is None else [str(proof.chain_file)])]
    command = [sys.executable, "-m", "bench.load.buyers", *order]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        move_away(process.pid)
        try:
            ready = json.loads(process.stdout.readline())
            yield BuyersProcess(process.pid, tuple(ready["ports"]), ready["control"])
        finally:
            process.stdin.close()  # Which it takes as the end.


@asynccontextmanager
async def open_sky(count: int, proof: Certificate | None) -> AsyncIterator[Stage]:
    """Yield a stage with a server's own settings."""
    ca_file = None if proof is None else proof.ca_file
    with buyers_of_all_kinds(count, proof) as buyers:
        async with open_stage(buyers, encode_only, ca_file) as stage:
            if proof is not None:
                network = network_of(buyers.ports)
                targets = tuple(secure(target) for target in network.targets)
                network = replace(network, targets=targets)
                stage.edition = compile_edition(1, network, load_library(), str)
            yield stage
