from hookproof.aws.budget import Budget
from tests.aws.conftest import Clock


def test_it_counts_down_to_zero(clock: Clock) -> None:
    budget = Budget(2.5, monotonic=clock.now)
    clock.time += 1
    assert budget.remaining() == 1.5
    clock.time += 9
    assert budget.remaining() == 0.0


def test_a_restart_is_shortened_and_never_lengthened(clock: Clock) -> None:
    budget = Budget(2.5, monotonic=clock.now)
    for at_most, expected in [(None, 2.5), (1.0, 1.0), (9.0, 2.5), (-1.0, 0.0)]:
        budget.restart(at_most)
        assert budget.remaining() == expected
