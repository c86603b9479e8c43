import json
import threading
import time

from hookproof.local.deliveries import Delivery, Journal, log_line, without_metrics
from hookproof.messages import Request, Response


def delivery(number: int, *, size: int = 1, fault: str | None = None, **log: object) -> Delivery:
    return Delivery(
        number=number,
        received=0.0,
        request=Request(method="POST", url="http://h/webhooks/stripe", body=b"x" * size),
        response=Response(status=200),
        milliseconds=1.0,
        cold=False,
        log=log,
        printed=json.dumps(log),
        fault=fault,
        message=None,
    )


def test_the_line_about_the_delivery_is_found_among_the_others() -> None:
    printed = (
        "plain text\n"
        '{"level": "INFO", "message": "something else"}\n'
        '{"_aws": {}, "service": "mine", "reason": "unavailable", "Unavailable": [1.0]}\n'
        '{"_aws": {}, "message": "delivery", "outcome": "accepted", "Accepted": [1.0]}\n'
        "[1]\n"
    )
    assert log_line(printed)["message"] == "delivery"
    assert log_line("nothing") == {}


def test_a_line_of_metrics_alone_is_not_for_people() -> None:
    said = ["plain text", '{"_aws": {}, "message": "delivery"}', '{"message": "more"}', "[1]"]
    printed = "\n".join([*said, '{"_aws": {}, "Unavailable": [1.0]}'])
    assert without_metrics(printed) == said


def test_the_outcome_is_the_functions_own_word() -> None:
    assert delivery(1, outcome="rejected").outcome == "rejected"
    assert delivery(1, fault="Traceback").outcome == "failed"
    assert delivery(1).outcome == "not routed"


def test_numbers_rise_and_news_are_those_after_a_number() -> None:
    heard: list[int] = []
    journal = Journal(lambda one: heard.append(one.number))
    for _ in range(3):
        journal.add(delivery)
    assert [one.number for one in journal.after(1)] == [2, 3]
    assert heard == [1, 2, 3]
    assert journal.count == 3
    found = journal.get(2)
    assert found is not None
    assert found.number == 2
    assert journal.get(9) is None


def test_only_so_many_are_kept_and_only_so_much_of_them() -> None:
    many = Journal()
    for _ in range(600):
        many.add(delivery)
    assert [many.after(0)[0].number, many.after(0)[-1].number] == [101, 600]
    large = Journal()
    for _ in range(9):
        large.add(lambda number: delivery(number, size=10 * 1024 * 1024))
    assert len(large.after(0)) == 6


def test_whoever_waits_hears_of_the_next_one_at_once() -> None:
    journal = Journal()
    threading.Timer(0.1, journal.add, [delivery]).start()
    begun = time.monotonic()
    assert [one.number for one in journal.after(0, seconds=20)] == [1]
    assert time.monotonic() - begun < 10


def test_closing_ends_the_wait() -> None:
    journal = Journal()
    threading.Timer(0.1, journal.close).start()
    begun = time.monotonic()
    assert journal.after(0, seconds=20) == []
    assert time.monotonic() - begun < 10
