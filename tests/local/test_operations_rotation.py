"""A rotation under constant traffic of both secrets, with forgeries in between."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.operator import Operator, operator

OLD, NEW = "whsec_the_old_one", "whsec_the_new_one"
OVERLAP = 30


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("rotation")
    # Functions remember secrets, as they do when deployed.
    with operator(folder, PreviousSecretSeconds=str(OVERLAP), SecretMaxAgeSeconds="300") as one:
        yield one


class Traffic:
    """Deliveries one after the other, each with an id of its own, until it is stopped."""

    def __init__(self, send: Callable[[int], int], first: int) -> None:
        self.statuses: Counter[int] = Counter()
        self._send = send
        self._first = first
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        number = self._first
        while not self._stopped.is_set():
            self.statuses[self._send(number)] += 1
            number += 1
            time.sleep(0.05)

    def stop(self) -> Counter[int]:
        self._stopped.set()
        self._thread.join()
        return self.statuses


@pytest.mark.slow
def test_no_genuine_delivery_is_refused_and_after_the_overlap_the_old_secret_is(
    op: Operator,
) -> None:
    op.run("sources", "add", "stripe", "-s", op.secret(OLD))
    old = Traffic(lambda n: op.deliver("stripe", OLD, n), 1)
    forged = Traffic(lambda n: op.deliver("stripe", "whsec_guess", n), 100_000)
    running = [old, forged]
    try:
        time.sleep(2)
        begun = time.time()
        with ThreadPoolExecutor(1) as other:
            # Of the senders, some use the new secret from the moment that the command returns.
            rotating = other.submit(op.run, "sources", "rotate", "stripe", "-s", op.secret(NEW))
            assert rotating.result().status == 0
        # Functions that remember the old one as the current one do not count its use yet.
        early = op.run("sources", "finish-rotation", "stripe")
        assert (early.status, "nobody knows yet" in early.err) == (2, True)
        new = Traffic(lambda n: op.deliver("stripe", NEW, n), 200_000)
        running.append(new)
        time.sleep(max(0.0, begun + OVERLAP - 2 - time.time()))
        assert set(old.stop()) == {200}, old.statuses
        time.sleep(max(0.0, begun + OVERLAP + 2 - time.time()))
        assert op.deliver("stripe", OLD, 999) == 401
        time.sleep(1)
    finally:
        for traffic in running:
            traffic.stop()
    assert set(new.statuses) == {200}, new.statuses
    assert set(forged.statuses) == {401}, forged.statuses
    assert min(old.statuses[200], new.statuses[200], forged.statuses[401]) > 20
    # Sent again after a slow answer of the queue, an event may be there twice; none is missing.
    ids = {one["id"] for one in op.queued()}
    assert len(ids) == old.statuses[200] + new.statuses[200]
    assert op.run("sources", "show", "stripe", "--json").json["previous_until"] is None
