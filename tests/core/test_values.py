"""Frozen and mutable values behave as dataclasses do."""

import copy
import dataclasses
import pickle
from functools import cached_property
from typing import Any

import pytest

from hookproof.values import field, frozen, mutable, replace


@frozen
class Point:
    """A value of the tests."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)
    secret: str = field(default="hidden", repr=False)

    @cached_property
    def label(self) -> object:
        return object()

    @property
    def double(self) -> int:
        return self.x * 2

    @classmethod
    def origin(cls) -> "Point":
        return cls(x=0)


@mutable
class Counter:
    """A mutable one."""

    count: int = 0


def test_fields_come_from_keywords_and_defaults() -> None:
    point = Point(x=1)
    assert (point.x, point.y, point.tags, point.secret) == (1, 0, [], "hidden")
    assert (point.double, Point.origin().x) == (2, 0)
    assert Point(x=1, y=2, tags=["a"], secret="s").y == 2


def test_each_value_has_a_default_of_its_own() -> None:
    assert Point(x=1).tags is not Point(x=1).tags


@pytest.mark.parametrize("given", [{}, {"y": 1}, {"x": 1, "z": 1}, {"z": 1, "y": 1}])
def test_a_missing_or_unknown_field_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Point: missing or unknown: "):
        Point(**given)


def test_fields_are_given_by_name_only() -> None:
    with pytest.raises(TypeError):
        Point(1)  # type: ignore[call-arg]


def test_values_are_equal_by_their_fields_and_class() -> None:
    @frozen
    class Other:
        count: int = 0

    assert Point(x=1) == Point(x=1)
    assert Point(x=1) != Point(x=1, secret="another")
    other: object = Other()
    assert other != Counter()
    assert Counter() == Counter(count=0)


def test_a_frozen_value_of_hashable_fields_has_a_hash_and_a_mutable_one_none() -> None:
    @frozen
    class Key:
        name: str

    assert {Key(name="a"): 1}[Key(name="a")] == 1
    with pytest.raises(TypeError):
        hash(Counter())


def test_a_frozen_value_does_not_change() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError, match=r"Point\.x"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x
    assert point.x == 1


def test_a_mutable_one_changes_but_takes_no_new_attributes() -> None:
    counter = Counter()
    counter.count += 1
    assert counter.count == 1
    with pytest.raises(AttributeError):
        counter.other = 1  # type: ignore[attr-defined]


def test_the_text_of_a_value_leaves_out_what_is_not_to_be_shown() -> None:
    assert repr(Point(x=1)) == "Point(x=1, y=0, tags=[])"


def test_replace_copies_with_changes() -> None:
    point = Point(x=1, secret="kept")
    assert replace(point, y=5) == Point(x=1, y=5, secret="kept")
    with pytest.raises(TypeError):
        replace(point, z=1)


def test_a_copy_has_the_fields_and_works_out_the_rest_again() -> None:
    point = Point(x=1)
    assert point.label is point.label
    again = pickle.loads(pickle.dumps(point))  # noqa: S301 - its own bytes
    assert (again, copy.deepcopy(point)) == (point, point)
    assert "label" not in vars(again)


def test_the_functions_of_dataclasses_take_values() -> None:
    assert dataclasses.replace(Point(x=1), y=2) == Point(x=1, y=2)
    assert [one.name for one in dataclasses.fields(Counter)] == ["count"]
    assert dataclasses.asdict(Counter(count=3)) == {"count": 3}
