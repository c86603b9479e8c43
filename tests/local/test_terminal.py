import io
import threading
from dataclasses import replace

from rich.console import Console

from hookproof.local.terminal import DeliveryPrinter, status_style
from hookproof.messages import Response
from tests.local.test_deliveries import delivery


def test_a_delivery_is_one_line_with_status_reason_and_event() -> None:
    output = io.StringIO()
    printer = DeliveryPrinter(Console(file=output, width=40))
    printer.add(delivery(1, outcome="accepted", event_id="evt_1", secret_version="previous"))
    refused = delivery(2, outcome="rejected", reason="signature_mismatch")
    printer.add(replace(refused, response=Response(status=401)))
    printer.stop()
    first, second = output.getvalue().splitlines()
    assert first.endswith("POST /webhooks/stripe  200 accepted  evt_1  previous secret  1 ms")
    assert second.endswith("POST /webhooks/stripe  401 rejected  signature_mismatch  1 ms")


def test_a_fault_of_the_function_is_shown_in_full() -> None:
    output = io.StringIO()
    printer = DeliveryPrinter(Console(file=output))
    printer.add(delivery(1, fault="Traceback …\nValueError: [x]\n"))
    printer.stop()
    assert "ValueError: [x]\n" in output.getvalue()


def test_a_terminal_that_stands_still_delays_no_delivery() -> None:
    standing = threading.Event()

    class Stuck(io.StringIO):
        def write(self, _: str) -> int:
            standing.wait(10)
            return 0

    printer = DeliveryPrinter(Console(file=Stuck()))
    for number in range(1000):
        printer.add(delivery(number, outcome="accepted"))
    standing.set()
    printer.stop()


def test_colours_tell_whose_fault_it_was() -> None:
    assert [status_style(status) for status in (200, 401, 503)] == ["green", "red", "yellow"]
