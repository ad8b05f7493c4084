"""Relations: read with every problem, seen by templates and rules, and walked for candidates."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_shop import Letters, shop

from conftest import ROOT
from prompts_inputs import template
from workbench.catalogs import load_catalog
from workbench.errors import CatalogError, VariantError
from workbench.prompts import render
from workbench.recommender import prepare
from workbench.records import Case, Relation
from workbench.retrieval import Embeddings, retrieve
from workbench.variant import Choice, TemplateSource, Variant
from workbench.variant_checks import problems_of

PLAIN = shop(a="Alien", b="Aliens", c="Blade Runner", d="Heat", e="Collateral", f="Sleeper")
META = PLAIN.meta.model_copy(update={"relations": {"followed_by": "items", "by": "values"}})
SHOP = replace(
    PLAIN,
    meta=META,
    fingerprint="with relations",
    relations=(
        Relation("a", "followed_by", "b"),
        Relation("a", "by", "Scott"),
        Relation("c", "by", "Scott"),
        Relation("d", "by", "Mann"),
        Relation("e", "by", "Mann"),
    ),
)


def found(case, *, rules=(), **options):
    choice = Choice(name="related", options=options)
    got = retrieve(choice, SHOP, case, n=9, embeddings=Embeddings(Letters, None), rules=rules)
    return [(c.item_id, c.score) for c in got.candidates]


def test_items_that_the_history_leads_to_come_the_later_the_more():
    # From e, the latest, weight 1: d by Mann. From a, 0.5 ** (1 / 10): b follows it, c is by Scott.
    less = 0.5**0.1
    assert found(Case("k", history=("a", "e"))) == [("d", 1.0), ("b", pytest.approx(less)), ("c", pytest.approx(less))]


def test_relations_lead_back_as_well_and_only_along_those_asked_for():
    assert found(Case("k", history=("b",))) == [("a", 1.0)]
    assert found(Case("k", history=("a",)), along="by") == [("c", 1.0)]


def test_what_a_value_leads_to_shares_its_weight():
    more = replace(SHOP, relations=(*SHOP.relations, Relation("f", "by", "Scott")), fingerprint="more")
    choice = Choice(name="related", options={"along": "by"})
    got = retrieve(choice, more, Case("k", history=("a",)), n=9, embeddings=Embeddings(Letters, None)).candidates
    assert [(c.item_id, c.score) for c in got] == [("c", 0.5), ("f", 0.5)]


def test_found_items_stay_and_are_added_to():
    assert [i for i, _ in found(Case("k", description="heat"), start="bm25")] == ["d", "e"]


def test_catalog_without_relations_finds_nothing_and_an_unknown_one_is_named():
    got = retrieve(Choice(name="related"), PLAIN, Case("k", history=("a",)), n=9, embeddings=Embeddings(Letters, None))
    assert got.candidates == ()
    with pytest.raises(VariantError, match="no relation bye in catalog shop — known: followed_by, by"):
        found(Case("k", history=("a",)), along="bye")


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("by = scott", "c"),
        ("by != Scott", "bde"),
        ("by contains ann", "de"),
        ("followed_by = Aliens", ""),
        ("followed_by in b", ""),
    ],
)
def test_rules_go_by_what_an_item_leads_to(rule, left):
    choice = Choice(name="dense")
    case = Case("k", history=("a",))
    got = retrieve(choice, SHOP, case, n=9, embeddings=Embeddings(Letters, None), rules=[rule, "title lacks sleeper"])
    assert "".join(sorted(c.item_id for c in got.candidates)) == left


def test_rule_about_the_history_keeps_what_leads_to_it():
    choice = Choice(name="dense")
    case = Case("k", history=("b",))
    rules = ["followed_by in @history"]
    got = retrieve(choice, SHOP, case, n=9, embeddings=Embeddings(Letters, None), rules=rules)
    assert [c.item_id for c in got.candidates] == ["a"]
    assert got.removed == {"of the history": 1, "by followed_by in @history": 4}
    with pytest.raises(VariantError, match="only a relation between items can be compared with @history"):
        retrieve(choice, SHOP, case, n=9, embeddings=Embeddings(Letters, None), rules=["by in @history"])


TEXT = """{% for m in history %}
{{ m.title }}: {{ m.followed_by | map(attribute="title") | join }} {{ m.by }} {{ m.related[0].title }}
{% endfor %}"""


def test_template_reads_the_neighbours_of_an_item():
    variant = Variant(template=TemplateSource(name="t", source=TEXT), retriever=Choice(name="related"))
    assert problems_of(variant, SHOP) == []
    inputs = prepare(variant, SHOP, Case("k", history=("a",)), Embeddings(Letters, None)).inputs
    prompt = render(template(TEXT), inputs)
    assert prompt.text == "Alien: Aliens Scott Aliens"
    assert [(prompt.text[s.start : s.end], s.ref) for s in prompt.spans] == [("Alien: Aliens Scott Aliens", "a")]


def test_neighbours_lead_on_and_are_no_mapping():
    variant = Variant(template=TemplateSource(name="t", source="x"), retriever=Choice(name="related"))
    inputs = prepare(variant, SHOP, Case("k", history=("a",)), Embeddings(Letters, None)).inputs
    text = (
        "{{ history[0].related[0].by | length }}{{ history[0].relations is defined }}{{ history[0].items is defined }}"
    )
    assert render(template(text), inputs).text == "0FalseFalse"


def test_relation_of_another_catalog_is_told_before_the_run():
    variant = Variant(template=TemplateSource(name="t", source="{{ history[0].followed }}"))
    told = [str(p) for p in problems_of(variant, SHOP)]
    assert told == ["t, line 1: an item has no `followed` — did you mean `followed_by`?"]


def written(folder, rows, relations="{next: items, by: values}"):
    folder = folder / "shop"
    folder.mkdir()
    meta = "name: shop\ntitle: S\ndomain: video\nlanguage: en\nlicence: CC0-1.0\norigin: hand-made\n"
    (folder / "catalog.yaml").write_text(f"{meta}relations: {relations}\n")
    (folder / "items.csv").write_text("item_id,title\na,Alien\nb,Aliens\n")
    if rows is not None:
        (folder / "relations.csv").write_text("\n".join(["item_id,relation,target", *rows]) + "\n")
    return folder


def test_relations_are_read_in_order_and_count_for_the_fingerprint(tmp_path):
    catalog = load_catalog(written(tmp_path, ["a,next,b", "a,by,Scott"]))
    assert [(r.item, r.name, r.target) for r in catalog.relations] == [("a", "next", "b"), ("a", "by", "Scott")]
    assert catalog.neighbours == {"a": {"next": (catalog.item("b"),), "by": ("Scott",)}}
    (catalog.folder / "relations.csv").write_text("item_id,relation,target\na,by,Scott\n")
    assert load_catalog(catalog.folder).fingerprint != catalog.fingerprint


def test_every_wrong_relation_is_told_with_its_line(tmp_path):
    rows = ["a,next,x", "z,by,Scott", "a,nxt,b", "a,by,", "b,by,S", "b,by,S"]
    with pytest.raises(CatalogError) as caught:
        load_catalog(written(tmp_path, rows))
    assert [str(p) for p in caught.value.problems] == [
        "relations.csv, column target, line 2: no item 'x' in this catalog",
        "relations.csv, column item_id, line 3: no item 'z' in this catalog",
        "relations.csv, column relation, line 4: no relation 'nxt' in catalog.yaml — did you mean next?",
        "relations.csv, column target, line 5: it is empty",
        "relations.csv, column target, line 7: 'b' by 'S' is there twice",
    ]


@pytest.mark.parametrize("relations", ["{title: items}", "{a b: items}", "{next: things}"])
def test_wrong_name_or_kind_of_relation_is_an_error_of_the_catalog(tmp_path, relations):
    with pytest.raises(CatalogError, match=r"catalog\.yaml"):
        load_catalog(written(tmp_path, [], relations))


def test_relations_that_are_named_and_not_there_are_told(tmp_path):
    with pytest.raises(CatalogError, match=r"relations are named, and there is no relations\.csv"):
        load_catalog(written(tmp_path, None))


def test_shipped_relations_of_films_agree_with_their_columns():
    films = load_catalog(Path(ROOT) / "catalogs" / "movies")
    assert len(films.relations) > 1500
    for r in films.relations:
        if r.name == "directed_by":
            assert r.target in films.item(r.item).attributes["director"]
    series = {(r.item, r.target) for r in films.relations if r.name == "series"}
    for r in films.relations:
        if r.name == "followed_by":
            assert {t for i, t in series if i == r.item} & {t for i, t in series if i == r.target}
            assert films.item(r.item).attributes["year"] <= films.item(r.target).attributes["year"]
