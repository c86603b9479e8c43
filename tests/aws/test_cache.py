import pytest

from hookproof.aws.cache import Cache, Limits
from hookproof.errors import ConfigurationError, HookproofError, Unavailable, UnknownSource
from tests.aws.conftest import Clock


class Store:
    """What is behind the cache: values by name, or an error for all."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {"a": "first"}
        self.error: HookproofError | None = None
        self.asked: list[tuple[str, bool]] = []

    def fetch(self, name: str, hurry: bool) -> str:
        self.asked.append((name, hurry))
        if self.error:
            raise self.error
        if name not in self.values:
            raise UnknownSource(name)
        return self.values[name]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def stale() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def cache(store: Store, clock: Clock, stale: list[tuple[str, float]]) -> Cache[str]:
    return Cache(
        store.fetch,
        now=clock.now,
        limits=Limits(max_age=300, stale=1000, unknown=30, interval=10, size=3),
        on_stale=lambda name, age: stale.append((name, age)),
    )


def test_a_value_is_kept_to_its_age_and_then_fetched(
    cache: Cache[str], store: Store, clock: Clock
) -> None:
    assert cache.load("a", False) == "first"
    store.values["a"] = "second"
    clock.time += 299.9
    assert cache.load("a", False) == "first"
    clock.time += 0.1
    assert cache.load("a", False) == "second"
    assert store.asked == [("a", False), ("a", True)]


def test_what_was_just_rotated_is_found_at_once_and_then_once_per_interval(
    cache: Cache[str], store: Store, clock: Clock
) -> None:
    cache.load("a", False)
    store.values["a"] = "second"
    assert cache.load("a", True) == "second"
    for _ in range(50):
        assert cache.load("a", True) == "second"
    assert len(store.asked) == 2
    clock.time += 10
    cache.load("a", True)
    assert len(store.asked) == 3


def test_the_interval_is_each_names_own(cache: Cache[str], store: Store) -> None:
    store.values["b"] = "other"
    for name in ("a", "b"):
        cache.load(name, False)
    store.asked.clear()
    for name in ("a", "b", "a", "b"):
        cache.load(name, True)
    assert store.asked == [("a", True), ("b", True)]


def test_an_unknown_name_is_remembered_briefly(
    cache: Cache[str], store: Store, clock: Clock
) -> None:
    for refresh in (False, True, False):
        with pytest.raises(UnknownSource):
            cache.load("x", refresh)
    assert len(store.asked) == 1
    store.values["x"] = "made since"
    clock.time += 30
    assert cache.load("x", False) == "made since"


def test_strangers_cannot_fill_the_memory(cache: Cache[str], store: Store) -> None:
    for number in range(20):
        store.values[f"known-{number}"] = "v"
        cache.load(f"known-{number}", False)
        with pytest.raises(UnknownSource):
            cache.load(f"unknown-{number}", False)
    assert len(cache._entries) == len(cache._unknown) == 3


def test_the_value_that_was_used_last_stays(cache: Cache[str], store: Store) -> None:
    store.values |= dict.fromkeys("bcd", "v")
    for name in "abcad":
        cache.load(name, False)
    assert [name for name, _ in store.asked] == ["a", "b", "c", "d"]
    cache.load("a", False)
    assert len(store.asked) == 4


def test_in_an_outage_the_last_known_value_serves_up_to_its_limit(
    cache: Cache[str], store: Store, clock: Clock, stale: list[tuple[str, float]]
) -> None:
    cache.load("a", False)
    store.error = Unavailable("down")
    clock.time += 300
    assert cache.load("a", False) == "first"
    assert stale == [("a", 300.0)]
    clock.time += 699
    assert cache.load("a", False) == "first"
    clock.time += 1
    with pytest.raises(Unavailable, match="too old"):
        cache.load("a", False)


def test_an_outage_is_not_asked_again_at_every_delivery(
    cache: Cache[str], store: Store, clock: Clock, stale: list[tuple[str, float]]
) -> None:
    cache.load("a", False)
    store.error = Unavailable("down")
    clock.time += 300
    for _ in range(20):
        cache.load("a", False)
    assert (len(store.asked), len(stale)) == (2, 20)
    store.error = None
    store.values["a"] = "second"
    clock.time += 10
    assert cache.load("a", False) == "second"


def test_in_an_outage_a_value_that_did_not_do_is_neither_right_nor_wrong(
    cache: Cache[str], store: Store, stale: list[tuple[str, float]]
) -> None:
    cache.load("a", False)
    store.error = Unavailable("down")
    for _ in range(3):
        with pytest.raises(Unavailable):
            cache.load("a", True)
    assert len(store.asked) == 2
    assert cache.load("a", False) == "first"
    assert stale == []


def test_with_no_value_an_outage_is_an_outage_and_over_when_it_is_over(
    cache: Cache[str], store: Store
) -> None:
    store.error = Unavailable("down")
    with pytest.raises(Unavailable):
        cache.load("a", False)
    store.error = None
    assert cache.load("a", False) == "first"


def test_a_source_that_is_deleted_is_gone_at_the_next_fetch(
    cache: Cache[str], store: Store, clock: Clock
) -> None:
    cache.load("a", False)
    del store.values["a"]
    clock.time += 300
    for _ in range(2):
        with pytest.raises(UnknownSource):
            cache.load("a", False)
    assert len(store.asked) == 2


def test_a_wrong_secret_is_not_covered_up_by_the_last_right_one(
    cache: Cache[str], store: Store, clock: Clock
) -> None:
    cache.load("a", False)
    store.error = ConfigurationError("secret: expected JSON")
    clock.time += 300
    with pytest.raises(ConfigurationError):
        cache.load("a", False)
    store.error = None
    assert cache.load("a", False) == "first"


def test_a_clock_that_is_set_back_does_not_keep_a_value_for_ever(
    cache: Cache[str], store: Store, clock: Clock
) -> None:
    cache.load("a", False)
    store.values["a"] = "second"
    clock.time -= 3600
    assert cache.load("a", False) == "second"


def test_without_an_age_every_delivery_fetches(store: Store, clock: Clock) -> None:
    cache = Cache(store.fetch, now=clock.now, limits=Limits(max_age=0), on_stale=lambda *_: None)
    for _ in range(3):
        cache.load("a", False)
    assert len(store.asked) == 3
