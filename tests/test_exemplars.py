"""Exemplars: which are shown and in which order, and what the guard keeps back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_shop import Letters, shop

from workbench.errors import CatalogError, VariantError
from workbench.exemplars import EXEMPLAR_POLICIES, Refusal, choose, pool_of, show
from workbench.exemplars.guard import leakage_guard
from workbench.records import Case, Exemplar, Interaction
from workbench.retrieval import Embeddings
from workbench.variant import Choice

TITLES = {"a": "Apple", "b": "Banana", "c": "Cherry", "d": "Date", "e": "Elderberry", "p": "x", "q": "y"}
CASE = Case("k", description="x")
# Cosine to the case's `x`: e1 0, e2 .71, e3 1, e4 1.
TEXTS = {"e1": "y", "e2": "xy", "e3": "x", "e4": "x"}
EXEMPLARS = tuple(Exemplar(i, description=text, answer=("a",)) for i, text in TEXTS.items())


def alike(pairs):
    """A model that is the less surprised, the more of a text's letters stood before it."""
    return [float(sum(before.count(letter) for letter in text)) for before, text in pairs]


def chosen(
    policy,
    *,
    exemplars=EXEMPLARS,
    case=CASE,
    seed=0,
    blocked=(),
    embedder=None,
    likelihood=alike,
    interactions=(),
    **options,
):
    return choose(
        Choice(name=policy, options=options),
        shop(interactions=interactions, exemplars=exemplars, **TITLES),
        case,
        seed=seed,
        embeddings=Embeddings(lambda: embedder or Letters(), None, likelihood=likelihood),
        blocked=lambda exemplar: "it is kept back" if exemplar.id in blocked else "",
    )


def shown(policy, **named):
    return [e.id for e in chosen(policy, **named).shown]


def test_zero_shot_shows_nothing():
    assert chosen("none").shown == chosen("none").refused == ()


def test_exemplars_by_hand_are_shown_once_each_in_the_order_picked():
    assert shown("by_hand", ids=["e3", "e1", "e3"]) == ["e3", "e1"]
    assert shown("by_hand") == []


def test_exemplar_by_hand_that_is_unknown_or_kept_back_is_refused_with_the_reason():
    found = chosen("by_hand", ids=["e9", "e1", "e2"], blocked={"e2"})
    assert [e.id for e in found.shown] == ["e1"]
    assert found.refused == (Refusal("e9", "there is none of this id in the catalog"), Refusal("e2", "it is kept back"))


def test_nearest_stands_last_unless_asked_to_stand_first():
    assert shown("nearest", n=3) == ["e2", "e4", "e3"]
    assert shown("nearest", n=3, nearest="first") == ["e3", "e4", "e2"]


def test_nearest_reads_description_and_titles_of_the_last_ten_of_the_history():
    # p is titled x, q y. To x: late (1, 1) .71, said (1, 2) .45, the others 0, where early's p is too long ago.
    late, said = Exemplar("late", history=("q", "p")), Exemplar("said", "x", history=("q", "q"))
    early, dry = Exemplar("early", history=("p", *["q"] * 10)), Exemplar("dry", "y")
    case = Case("k", history=("p",))
    named = {"exemplars": (early, dry, said, late), "case": case, "n": 4, "nearest": "first"}
    assert shown("nearest", **named) == ["late", "said", "dry", "early"]


def test_diverse_weighs_nearness_against_likeness_to_what_is_taken():
    # Gains at .4: first e3 .4 (as e4, by id). Then e1 0 - 0, e2 .4 * .71 - .6 * .71 = -.14, e4 .4 - .6 = -.2.
    # The best stands last.
    assert shown("diverse", n=4, nearness=0.4) == ["e4", "e2", "e1", "e3"]
    assert shown("diverse", n=2, nearness=0.4) == ["e1", "e3"]


def test_diverse_that_only_wants_nearness_is_nearest():
    assert shown("diverse", n=3, nearness=1.0) == shown("nearest", n=3) == ["e2", "e4", "e3"]


def test_random_is_the_same_for_the_same_seed_and_case_and_otherwise_another():
    assert shown("random", n=4, seed=3) == shown("random", n=4, seed=3, exemplars=EXEMPLARS[::-1])
    assert {shown("random", n=1, seed=seed)[0] for seed in range(30)} == {"e1", "e2", "e3", "e4"}
    assert {shown("random", n=1, case=Case(f"k{i}"))[0] for i in range(30)} == {"e1", "e2", "e3", "e4"}


def test_fewer_draws_are_the_beginning_of_more():
    assert shown("random", n=2) == shown("random", n=4)[:2]


@pytest.mark.parametrize("policy", ["random", "nearest", "diverse", "balanced", "informative"])
def test_locked_ones_come_first_in_their_order_and_count(policy):
    found = shown(policy, n=3, locked=["e2", "e1"])
    assert found[:2] == ["e2", "e1"]
    assert found[2] in {"e3", "e4"}
    assert shown(policy, n=1, locked=["e2", "e1"]) == ["e2", "e1"]


@pytest.mark.parametrize("policy", ["random", "nearest", "diverse", "balanced", "informative"])
def test_next_one_takes_the_place_of_a_locked_one_that_is_refused(policy):
    found = chosen(policy, n=2, locked=["e4", "e1"], blocked={"e4"})
    assert found.shown[0].id == "e1"
    assert found.shown[1].id in {"e2", "e3"}
    assert found.refused == (Refusal("e4", "it is kept back"),)


def test_what_was_not_asked_for_by_name_is_kept_back_silently():
    found = chosen("nearest", n=2, blocked={"e3"})
    assert ([e.id for e in found.shown], found.refused) == (["e2", "e4"], ())


def test_all_exemplars_are_embedded_together_whatever_a_case_keeps_back():
    embedder = Letters()
    for blocked in ({"e1"}, {"e2", "e3"}):
        chosen("nearest", blocked=blocked, embedder=embedder)
    assert embedder.seen == [["y", "xy", "x", "x"], ["x"]] * 2


def test_wrong_policy_or_option_is_an_error():
    with pytest.raises(VariantError, match="unknown exemplar policy 'nearst' — known: none, by_hand, random"):
        chosen("nearst")
    with pytest.raises(VariantError, match="exemplar policy random: n = 17 — expected at most 16"):
        chosen("random", n=17)
    with pytest.raises(VariantError, match="exemplar policy none: unknown option 'n' — known: none"):
        chosen("none", n=1)


ANY_EXEMPLARS = st.lists(
    st.builds(replace, st.sampled_from(EXEMPLARS), id=st.sampled_from([f"f{i}" for i in range(8)])),
    unique_by=lambda e: e.id,
).map(tuple)
ASKED = st.lists(st.sampled_from([f"f{i}" for i in range(9)]), max_size=3, unique=True)
BLOCKED = st.sets(st.sampled_from([f"f{i}" for i in range(8)]))


@given(ANY_EXEMPLARS, ASKED, BLOCKED, st.integers(1, 5), st.integers(0, 99))
def test_any_policy_shows_at_most_what_is_asked_and_never_what_is_kept_back(exemplars, asked, blocked, n, seed):
    for policy in EXEMPLAR_POLICIES:
        options = {"none": {}, "by_hand": {"ids": asked}}.get(policy, {"n": n, "locked": asked})
        named = {"exemplars": exemplars, "blocked": blocked, "seed": seed, **options}
        found = chosen(policy, **named)
        ids = [e.id for e in found.shown]
        assert not {*ids} & {*blocked, *(r.exemplar_id for r in found.refused)}
        assert len(ids) == len({*ids}) <= {"none": 0, "by_hand": len(asked)}.get(policy, max(n, len(asked)))
        assert {r.exemplar_id for r in found.refused} <= {*asked}
        assert chosen(policy, **named) == found


@given(ANY_EXEMPLARS, BLOCKED, st.integers(0, 99))
def test_keeping_one_back_leaves_the_order_of_the_others(exemplars, blocked, seed):
    for policy in ("random", "nearest"):
        every = shown(policy, exemplars=exemplars, seed=seed, n=16)
        assert shown(policy, exemplars=exemplars, seed=seed, n=16, blocked=blocked) == [
            i for i in every if i not in blocked
        ]


@pytest.mark.parametrize(
    ("exemplar", "reason"),
    [
        (Exemplar("x", user="u1"), "it is of the same user, u1"),
        (Exemplar("x", answer=("d", "e")), "its answer e is a relevant item of this case"),
        (Exemplar("x", history=("d", "c", "b", "a")), "its history is nearly this case's own"),
        (Exemplar("x", history=("a", "b", "c", "d", "e")), "its history is nearly this case's own"),  # 4 of 5
        (Exemplar("x", history=("a", "b", "c")), ""),  # 3 of 4
        (Exemplar("x", user="u2", answer=("d",), candidates=("e",)), ""),
        (Exemplar("x"), ""),
    ],
)
def test_guard_gives_its_reason(exemplar, reason):
    case = Case("k", history=("a", "b", "c", "d"), user="u1")
    assert leakage_guard(case, frozenset("e"))(exemplar) == reason


def test_nobody_and_nothing_are_not_alike():
    assert leakage_guard(Case("k"), frozenset())(Exemplar("x", answer=("a",))) == ""


def test_shown_exemplar_has_its_items_looked_up():
    catalog = shop(**TITLES)
    found = show(Exemplar("x", "sweet", ("a",), ("b", "c"), ("c",), reason="red"), catalog)
    assert [[i.title for i in part] for part in (found.history, found.candidates, found.answer)] == [
        ["Apple"],
        ["Banana", "Cherry"],
        ["Cherry"],
    ]
    assert (found.id, found.description, found.reason) == ("x", "sweet", "red")
    with pytest.raises(CatalogError, match="no item 'z'"):
        show(Exemplar("x", answer=("z",)), catalog)


def test_descriptions_that_are_nearly_the_cases_own_are_refused():
    guard = leakage_guard(Case("k", description="I like slow, quiet films."), frozenset())
    own = "its description is nearly this case's own"
    assert guard(Exemplar("x", "I like slow quiet films")) == own
    assert guard(Exemplar("x", "I LIKE SLOW, QUIET FILM!")) == own
    assert guard(Exemplar("x", "I like loud, fast films.")) == ""
    assert leakage_guard(Case("k"), frozenset())(Exemplar("x", "")) == ""
    assert leakage_guard(Case("k", description="茶"), frozenset())(Exemplar("x", "茶。")) == own


SEGMENTS = (
    Exemplar("m1", "x", answer=("a",), tags=("new",)),
    Exemplar("m2", "x", answer=("a",), tags=("new", "y")),
    Exemplar("m3", "xy", answer=("a",), tags=("old",)),
    Exemplar("m4", "y", answer=("a",), tags=("old",)),
)


def test_balanced_takes_each_segments_nearest_in_turn():
    assert shown("balanced", exemplars=SEGMENTS, n=4, arrangement="best first") == ["m1", "m3", "m2", "m4"]
    assert shown("balanced", exemplars=SEGMENTS, n=2) == ["m3", "m1"]


def test_informative_asks_the_model_which_exemplar_leaves_the_case_least_surprising():
    # Letters x before the case's text: 1 in e2 ("xy"), 3 in f ("xxxy"), 0 in e1; e3 is not among the two nearest.
    pool = (
        Exemplar("e1", "y", answer=("q",)),
        Exemplar("e2", "xy", answer=("q",)),
        Exemplar("f", "xxxyy", answer=("q",)),
    )
    asked = []

    def likelihood(pairs):
        asked.extend(pairs)
        return alike(pairs)

    named = {"exemplars": pool, "likelihood": likelihood, "arrangement": "best first", "looked_at": 2}
    assert shown("informative", n=3, **named) == ["f", "e2", "e1"]
    assert asked == [("xxxyy\n-> y\n\n", "x"), ("xy\n-> y\n\n", "x")]


def test_informative_without_a_model_says_so():
    with pytest.raises(VariantError, match="no model is at hand to ask"):
        shown("informative", likelihood=None)


def test_a_shuffled_order_depends_on_seed_and_case_alone():
    named = {"n": 4, "arrangement": "shuffled"}
    assert shown("diverse", seed=1, **named) == shown("diverse", seed=1, **named)
    assert len({tuple(shown("diverse", seed=seed, **named)) for seed in range(20)}) > 3


TAKEN = tuple(
    Interaction(user, item, f"2026-01-0{day}") for user in ("u1", "u2") for day, item in enumerate("abcd", start=1)
)


def test_other_users_sequences_before_the_case_are_exemplars():
    catalog = replace(shop(**TITLES), interactions=TAKEN)
    found = pool_of("interactions", catalog, Case("k", user="u1", time="2026-01-04"), seed=0)
    expected = Exemplar(
        "taken:u2:2", history=("a", "b"), answer=("c",), user="u2", time="2026-01-03", tags=("interactions",)
    )
    assert found == (expected,)
    assert catalog.exemplar("taken:u2:2") == expected
    assert [e.id for e in pool_of("both", catalog, Case("k"), seed=0)] == ["taken:u1:3", "taken:u2:3"]
    assert pool_of("interactions", catalog, Case("k", time="2026-01-03"), seed=0) == ()  # one item before is too few
    for wrong in ("taken:u2:9", "taken:u9:1", "taken:u2:-1", "taken:"):
        with pytest.raises(CatalogError, match="no exemplar"):
            catalog.exemplar(wrong)


def test_a_policy_can_show_what_other_users_took_and_lock_one():
    catalog = replace(shop(**TITLES), interactions=TAKEN)
    named = {"seed": 0, "embeddings": Embeddings(Letters, None), "blocked": lambda exemplar: ""}
    choice = Choice(name="nearest", options={"source": "interactions", "locked": ["taken:u1:2"], "n": 2})
    assert [e.id for e in choose(choice, catalog, CASE, **named).shown] == ["taken:u1:2", "taken:u1:3"]


def test_own_exemplars_join_the_catalogs_unless_an_item_is_gone():
    catalog = shop(exemplars=EXEMPLARS, **TITLES)
    own = (Exemplar("mine", "x", answer=("b",)), Exemplar("e1", "other", answer=("b",)), Exemplar("z", answer=("no",)))
    found = catalog.with_exemplars(own)
    assert [e.id for e in found.exemplars] == ["e1", "e2", "e3", "e4", "mine"]
    assert found.fingerprint != catalog.fingerprint
    assert catalog.with_exemplars(()) is catalog
