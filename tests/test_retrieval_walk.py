"""Random walks and hidden states as sources, on catalogs small enough to walk by hand."""

import math

import numpy
import pytest
from catalog_files import write_fruit

from workbench.catalogs import load_catalog
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import VariantError
from workbench.records import Case
from workbench.retrieval import RETRIEVERS, SCORERS, retrieve
from workbench.retrieval.alike import alike
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.states import StateEncoder, States
from workbench.retrieval.walk import FLOOR, CoOccurrence, Walk
from workbench.variant import Choice

ITEMS = "item_id,title,year,price,ripe,tags\na,Apple,,,,\nb,Bread,,,,\nc,Cheese,,,,\nd,Dill,,,,\n"
TAKEN = "user_id,item_id,time\nu1,a,2026-01-01\nu1,b,2026-01-02\nu2,b,2026-01-03\nu2,c,2026-02-01\n"
NOTHING = {"cases_jsonl": None, "qrels_csv": None, "exemplars_jsonl": None}


class FirstLetter:
    """A text is its first letter: texts that begin alike are alike."""

    fingerprint = "first letter"

    def encode(self, texts):
        vectors = numpy.zeros((len(texts), 26), dtype=numpy.float32)
        for row, text in enumerate(texts):
            vectors[row, ord(text[0].lower()) - ord("a")] = 1
        return vectors


def embeddings():
    engine = ScriptedEngine()
    return Embeddings(FirstLetter, None, states=Embeddings(lambda: StateEncoder(engine.states, "scripted"), None))


@pytest.fixture
def shop(tmp_path):
    return load_catalog(write_fruit(tmp_path, items_csv=ITEMS, interactions_csv=TAKEN, **NOTHING))


def shares(source, catalog, case):
    scores = source.scores(catalog, case, embeddings=embeddings())
    return [round(math.exp(score) - FLOOR, 4) for score in scores]


PLAIN = {"text": 0.0, "arrive": 0.0, "late": 1.0, "lift": 0.0}
"""No texts at either end, others' items all alike, popularity left in."""


def test_one_step_goes_to_what_the_takers_took(shop):
    # All walkers stand on a; its one taker u1 took a and b.
    assert shares(Walk(steps=1, **PLAIN), shop, Case("k", history=("a",))) == [0.5, 0.5, 0.0, 0.0]


def test_second_step_reaches_what_their_takers_took(shop):
    # From a and b, half each: u1 has 3/4 of the walkers, u2 the rest; a 3/8, b 3/8 + 1/8, c 1/8. A fifth of step 1 is
    # added: a 0.475, b 0.6, c 0.125, of 1.2.
    assert shares(Walk(steps=2, **PLAIN), shop, Case("k", history=("a",))) == [0.3958, 0.5, 0.1042, 0.0]


def test_walkers_go_to_what_others_took_late_more_often(shop):
    # u1 took a, then b: at late 0.5 a third of the walkers go to a and two thirds to b.
    late = Walk(steps=1, **(PLAIN | {"late": 0.5}))
    assert shares(late, shop, Case("k", history=("a",))) == [0.3333, 0.6667, 0.0, 0.0]


def test_item_that_others_took_twice_counts_once_at_its_last_time(tmp_path):
    # u1 took a, b, a, of which a counts once, at its end; b stands half way from the first place to the last.
    taken = TAKEN.replace("u2", "u9").replace("u1,b,2026-01-02", "u1,b,2026-01-02\nu1,a,2026-01-03")
    catalog = load_catalog(write_fruit(tmp_path, items_csv=ITEMS, interactions_csv=taken, **NOTHING))
    late = Walk(steps=1, **(PLAIN | {"late": 0.5}))
    assert shares(late, catalog, Case("k", history=("a",)))[:2] == [0.5858, 0.4142]


def test_order_of_rows_does_not_matter_where_there_are_times(tmp_path):
    head, *rows = TAKEN.strip().split("\n")
    found = []
    for name, lines in (("one", rows), ("two", rows[::-1])):
        (tmp_path / name).mkdir()
        text = "\n".join([head, *lines]) + "\n"
        catalog = load_catalog(write_fruit(tmp_path / name, items_csv=ITEMS, interactions_csv=text, **NOTHING))
        found.append(Walk(late=0.5).scores(catalog, Case("k", history=("a", "b")), embeddings=embeddings()))
    assert found[0] == pytest.approx(found[1])


def test_popularity_is_divided_out_by_its_power(shop):
    # b has two takers, a one: log 3 and log 2 are taken off.
    plain, lifted = (
        Walk(**(PLAIN | {"lift": lift})).scores(shop, Case("k", history=("a",)), embeddings=embeddings())
        for lift in (0.0, 1.0)
    )
    assert [x - y for x, y in zip(plain, lifted, strict=True)] == pytest.approx(
        [math.log(2), math.log(3), math.log(2), 0]
    )


def test_like_texts_lend_an_item_that_nobody_reaches(tmp_path):
    # e is like a alone, and a like e: a keeps half of what it has and e gets the other half; b, c and d lend evenly.
    items = ITEMS + "e,Apple pie,,,,\n"
    catalog = load_catalog(write_fruit(tmp_path, items_csv=items, interactions_csv=TAKEN, **NOTHING))
    plain = shares(Walk(steps=1, **PLAIN), catalog, Case("k", history=("a",)))
    lent = shares(Walk(steps=1, **(PLAIN | {"arrive": 0.5})), catalog, Case("k", history=("a",)))
    assert plain[4] == 0.0 < lent[4]


def test_large_catalogs_do_without_what_like_texts_lend(shop, monkeypatch):
    monkeypatch.setattr("workbench.retrieval.large.EXACT", 3)
    case = Case("k", history=("a",))
    lent, kept = Walk(arrive=0.5, lift=0.0), Walk(arrive=0.0, lift=0.0)
    assert shares(lent, shop, case) == shares(kept, shop, case)


def test_nearest_texts_share_by_their_cosines():
    items = numpy.eye(3, dtype=numpy.float32)
    near = alike(items[:1], items, but=numpy.array([0])).toarray()[0]
    assert near.tolist() == pytest.approx([0.0, 0.5, 0.5])
    itself = alike(items[:1], items).toarray()[0]
    assert itself[0] == pytest.approx(1 / (1 + 2 * math.exp(-10)), rel=1e-6)


def test_walkers_start_more_often_on_what_was_taken_last(shop):
    # a then c at fade 0.5: 1/3 and 2/3 of the walkers. u1 gets 1/3: a 1/6, b 1/6; u2 gets 2/3: b 1/3, c 1/3.
    assert shares(Walk(steps=1, fade=0.5, **PLAIN), shop, Case("k", history=("a", "c"))) == [0.1667, 0.5, 0.3333, 0.0]
    assert shares(Walk(steps=1, fade=1.0, **PLAIN), shop, Case("k", history=("a", "c"))) == [0.25, 0.5, 0.25, 0.0]


def test_what_was_taken_last_counts_most_in_texts_too(shop):
    # near to the first of two only: 1/3 at fade 0.5, 1/2 at fade 1; near to the second: 2/3.
    for fade, newest in ((0.5, 2 / 3), (1.0, 1 / 2)):
        dense = RETRIEVERS["dense"](history="mean", fade=fade)
        found = dense.scores(shop, Case("k", history=("a", "b")), embeddings=embeddings())
        assert found[:2] == pytest.approx([1 - newest, newest])


def test_fade_of_one_ranks_states_by_the_plain_mean_and_less_leans_to_the_newest(shop):
    case = Case("k", history=("a", "b"))
    plain, leaning = (States(fade=f).scores(shop, case, embeddings=embeddings()) for f in (1.0, 0.1))
    newest = States().scores(shop, Case("k", history=("b",)), embeddings=embeddings())
    distance = [sum(abs(x - y) for x, y in zip(found, newest, strict=True)) for found in (plain, leaning)]
    assert distance[1] < distance[0]


def test_item_that_nobody_took_starts_from_like_texts(tmp_path):
    items = ITEMS + "e,Apple pie,,,,\n"
    catalog = load_catalog(write_fruit(tmp_path, items_csv=items, interactions_csv=TAKEN, **NOTHING))
    case = Case("k", history=("e",))
    assert shares(Walk(steps=1, **PLAIN), catalog, case) == [0.0] * 5
    found = Walk(steps=1, text=0.5, arrive=0.0).retrieve(
        catalog, case, n=2, exclude=frozenset("e"), embeddings=embeddings()
    )
    assert {c.item_id for c in found} == {"a", "b"}


def test_description_alone_starts_from_like_texts(shop):
    found = shares(Walk(arrive=0.0, lift=0.0), shop, Case("k", description="an apple"))
    assert found[0] > found[3] == 0.0


def test_nothing_of_the_cases_own_user_or_later_is_walked(shop):
    assert shares(CoOccurrence(), shop, Case("k", history=("b",), user="u1")) == [0.0, 0.5, 0.5, 0.0]
    assert shares(CoOccurrence(), shop, Case("k", history=("b",), time="2026-02-01")) == [0.25, 0.75, 0.0, 0.0]
    assert shares(CoOccurrence(), shop, Case("k", history=("b",), time="2026-02-01T00:00:01Z"))[2] > 0


def test_changing_what_came_later_changes_no_score(tmp_path):
    later = TAKEN.replace("u2,c,2026-02-01", "u2,d,2026-03-01")
    case = Case("k", history=("a", "b"), time="2026-02-01")
    found = []
    for name, taken in (("one", TAKEN), ("two", later)):
        (tmp_path / name).mkdir()
        catalog = load_catalog(write_fruit(tmp_path / name, items_csv=ITEMS, interactions_csv=taken, **NOTHING))
        found.append(Walk().scores(catalog, case, embeddings=embeddings()))
    assert found[0] == found[1]


def test_stranger_without_history_or_words_gets_nothing(shop):
    assert Walk().scores(shop, Case("k"), embeddings=embeddings()) == []
    assert States().scores(shop, Case("k"), embeddings=embeddings()) == []


def test_hidden_states_find_items_that_share_words(tmp_path):
    items = ITEMS.replace("Apple", "Apple tart") + "e,Apple pie,,,,\n"
    catalog = load_catalog(write_fruit(tmp_path, items_csv=items, interactions_csv=TAKEN, **NOTHING))
    case = Case("k", history=("a",))
    found = States().retrieve(catalog, case, n=1, exclude=frozenset("a"), embeddings=embeddings())
    assert [c.item_id for c in found] == ["e"]


def test_model_that_cannot_be_looked_into_is_said_so(shop):
    with pytest.raises(VariantError, match="hidden states cannot be read"):
        States().scores(shop, Case("k", history=("a",)), embeddings=Embeddings(FirstLetter, None))


@pytest.mark.parametrize("name", SCORERS)
def test_scores_give_the_order_of_the_source(shop, name):
    case = Case("k", history=("a", "b"))
    scores = SCORERS[name].scores(shop, case, embeddings=embeddings())
    found = retrieve(Choice(name=name), shop, case, n=4, embeddings=embeddings()).candidates
    placed = [scores[shop.rows[c.item_id]] for c in found]
    assert placed == sorted(placed, reverse=True)
    assert name in RETRIEVERS
