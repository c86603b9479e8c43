"""``@frozen`` and ``@mutable``: what ``@dataclass(kw_only=True)`` makes, but fast.

``dataclass`` writes source for every class and compiles it: 0.7 ms for each of some fifty, a
quarter of a cold start. Here the methods are closures, made in 0.02 ms. The functions of
``dataclasses`` (``replace``, ``fields``, ``asdict``) take these classes as they take its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
_NONE: Any = object()


class Field:
    """What a class says of one of its fields: its default, and whether ``repr`` shows it."""

    __slots__ = ("default", "default_factory", "repr")

    def __init__(self, default: object, default_factory: Callable[[], object], repr: bool) -> None:  # noqa: A002 - as dataclasses calls it
        self.default = default
        self.default_factory = default_factory
        self.repr = repr


def field(*, default: Any = _NONE, default_factory: Any = _NONE, repr: bool = True) -> Any:  # noqa: A002
    """A field of a value, to be written where its default would stand."""
    return Field(default, default_factory, repr)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """The class with a constructor, comparison, hash and text from its fields; unchangeable."""
    made: Any = _equipped(cls)
    made.__setattr__ = made.__delattr__ = _refuse
    return cls


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def mutable(cls: type[T]) -> type[T]:
    """The same for what changes while it lives; it has no hash."""
    made: Any = _equipped(cls)
    made.__setattr__ = _setter(frozenset(cls.__annotations__))
    made.__hash__ = None
    return cls


def replace(one: T, **changes: object) -> T:
    """A copy of a value with some of its fields changed."""
    return type(one)(**{**_fields_of(one), **changes})


def _fields_of(one: object) -> dict[str, object]:
    """What the fields hold, without what a value has worked out from them and keeps."""
    return {name: getattr(one, name) for name in type(one).__annotations__}


def _equipped(cls: type[object]) -> type[object]:
    """The class with the methods that its fields make."""
    names = tuple(cls.__annotations__)
    fields = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    for name in fields:
        delattr(cls, name)
    made: Any = cls
    made.__init__ = _initializer(cls, frozenset(names), fields)
    if "__repr__" not in cls.__dict__:
        made.__repr__ = _text_of(
            tuple(name for name in names if getattr(fields.get(name), "repr", True))
        )
    if "__eq__" not in cls.__dict__:
        read = attrgetter(*names)
        made.__eq__ = _equality(read)
        made.__hash__ = lambda self: hash(read(self))
    made.__getstate__ = _fields_of
    made.__dataclass_fields__ = _DataclassFields()
    return cls


def _initializer(
    cls: type[object], names: frozenset[str], fields: Mapping[str, object]
) -> Callable[..., None]:
    count = len(names)
    # One assignment for all fields, of the dictionary that the call makes of its keywords: some
    # twenty values are made for each delivery.
    keep = cls.__dict__["__dict__"].__set__
    defaults, factories = _defaults(fields)

    def initialize(self: object, /, **given: object) -> None:
        if len(given) != count:
            made = {name: make() for name, make in factories.items() if name not in given}
            given = {**defaults, **made, **given}
        if len(given) != count or not names.issuperset(given):
            wrong = ", ".join(sorted(given.keys() ^ names))
            raise TypeError(f"{cls.__name__}: missing or unknown: {wrong}")
        keep(self, given)

    return initialize


def _defaults(
    fields: Mapping[str, object],
) -> tuple[dict[str, object], dict[str, Callable[[], object]]]:
    defaults: dict[str, object] = {}
    factories: dict[str, Callable[[], object]] = {}
    for name, one in fields.items():
        if not isinstance(one, Field):
            defaults[name] = one
        elif one.default is not _NONE:
            defaults[name] = one.default
        elif one.default_factory is not _NONE:
            factories[name] = one.default_factory
    return defaults, factories


def _text_of(shown: tuple[str, ...]) -> Callable[[object], str]:
    def text(self: object) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({parts})"

    return text


def _equality(read: Callable[[object], object]) -> Callable[[object, object], object]:
    def equal(self: object, other: object) -> object:
        if type(self) is not type(other):
            return NotImplemented
        return read(self) == read(other)

    return equal


def _setter(names: frozenset[str]) -> Callable[[object, str, object], None]:
    def set_field(self: object, name: str, value: object) -> None:
        if name not in names:
            raise AttributeError(f"{type(self).__name__}.{name}: no such field")
        object.__setattr__(self, name, value)

    return set_field


def _refuse(self: object, name: str, _value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__}.{name}: a value does not change")


class _DataclassFields:
    """Answers ``dataclasses``, which looks for this attribute, when it asks."""

    def __get__(self, _value: object, cls: type[object]) -> Mapping[str, object]:
        from dataclasses import make_dataclass

        twin = make_dataclass(cls.__name__, tuple(cls.__annotations__), kw_only=True)
        fields: Mapping[str, object] = vars(twin)["__dataclass_fields__"]
        return fields
