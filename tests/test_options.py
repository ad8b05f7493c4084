"""Options as fields: what a page can know of them, and every way a value can be wrong."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import VariantError
from workbench.exemplars import EXEMPLAR_POLICIES
from workbench.options import Option, build_from, option, options_of, problems_with
from workbench.ranking import FUSIONS, METHODS
from workbench.retrieval import RETRIEVERS


@dataclass(frozen=True, slots=True)
class Tea:
    kind: str = option("green", "Kind", "What is brewed.", choices=("green", "black"))
    minutes: int = option(3, "Minutes", "How long.", minimum=1, maximum=10)
    sugar: float = option(0.5, "Sugar", "Spoons.", minimum=0.0, maximum=2.0, step=0.5)
    iced: bool = option(False, "Iced", "Served cold.")
    herbs: tuple[str, ...] = option((), "Herbs", "Added at the end.")
    kept: int = field(default=7)


TABLE = {"tea": Tea}


def wrong(**values):
    return [str(p) for p in problems_with(Tea, values, where="tea")]


def test_options_are_the_labelled_fields_in_order():
    assert [o.name for o in options_of(Tea)] == ["kind", "minutes", "sugar", "iced", "herbs"]
    assert options_of(Tea)[1] == Option("minutes", "Minutes", "How long.", int, 3, (), 1, 10, None)


def test_tuple_field_is_an_option_of_kind_list():
    herbs = options_of(Tea)[-1]
    assert (herbs.kind, herbs.default) == (list, [])


def test_no_values_give_the_defaults():
    assert build_from(TABLE, "tea", {}, where="drink") == Tea("green", 3, 0.5, False, ())


def test_values_take_the_place_of_defaults_and_lists_become_tuples():
    made = build_from(TABLE, "tea", {"kind": "black", "herbs": ["mint", "sage"]}, where="drink")
    assert made == Tea(kind="black", herbs=("mint", "sage"))
    assert hash(made) == hash(Tea("black", 3, 0.5, False, ("mint", "sage")))


def test_unknown_key_names_the_nearest_known_one():
    assert wrong(minuts=3) == ["tea: unknown option 'minuts' — did you mean 'minutes'?"]


def test_unknown_key_like_no_other_lists_the_known_ones():
    assert wrong(zzz=3) == ["tea: unknown option 'zzz' — known: kind, minutes, sugar, iced, herbs"]


def test_field_without_a_label_cannot_be_set():
    assert wrong(kept=1) == ["tea: unknown option 'kept' — known: kind, minutes, sugar, iced, herbs"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("kind", "oolong", "expected one of green, black"),
        ("kind", 3, "expected str"),
        ("kind", None, "expected str"),
        ("minutes", 0, "expected at least 1"),
        ("minutes", 11, "expected at most 10"),
        ("minutes", 3.0, "expected int"),
        ("minutes", "3", "expected int"),
        ("minutes", True, "expected int"),
        ("sugar", -0.1, "expected at least 0"),
        ("sugar", 2.1, "expected at most 2"),
        ("sugar", float("nan"), "expected at least 0"),
        ("sugar", float("inf"), "expected at most 2"),
        ("sugar", False, "expected float"),
        ("iced", 1, "expected bool"),
        ("iced", "yes", "expected bool"),
        ("herbs", "mint", "expected list"),
        ("herbs", ["mint", 3], "expected a list of texts"),
    ],
)
def test_wrong_value_is_told_with_what_was_expected(name, value, expected):
    assert wrong(**{name: value}) == [f"tea: {name} = {value!r} — {expected}"]


@pytest.mark.parametrize(
    "values",
    [{"minutes": 1}, {"minutes": 10}, {"sugar": 0}, {"sugar": 2}, {"iced": True}, {"herbs": ("mint",)}],
)
def test_bounds_and_whole_numbers_for_floats_are_allowed(values):
    assert wrong(**values) == []


def test_all_problems_are_told_at_once():
    with pytest.raises(VariantError) as caught:
        build_from(TABLE, "tea", {"minutes": 99, "shugar": 1, "iced": "no"}, where="drink")
    assert [str(p) for p in caught.value.problems] == [
        "drink tea: minutes = 99 — expected at most 10",
        "drink tea: unknown option 'shugar' — did you mean 'sugar'?",
        "drink tea: iced = 'no' — expected bool",
    ]


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(VariantError, match="drink: unknown drink 'coffee' — known: tea"):
        build_from(TABLE, "coffee", {}, where="drink")


@given(st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_any_values_either_build_or_are_told(values):
    problems = problems_with(Tea, values, where="tea")
    if problems:
        with pytest.raises(VariantError) as caught:
            build_from(TABLE, "tea", values, where="drink")
        assert len(caught.value.problems) == len(problems) <= len(values)
    else:
        made = build_from(TABLE, "tea", values, where="drink")
        assert all(getattr(made, name) == value for name, value in values.items())


EVERY = [
    pytest.param(kind, id=name)
    for table in (RETRIEVERS, EXEMPLAR_POLICIES, METHODS, FUSIONS)
    for name, kind in table.items()
]


@pytest.mark.parametrize("kind", EVERY)
def test_defaults_of_the_workbench_are_within_their_own_bounds(kind):
    options = options_of(kind)
    assert problems_with(kind, {o.name: o.default for o in options}, where="x") == []
    assert all(o.label and o.help.endswith(".") for o in options)
