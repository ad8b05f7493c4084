import pytest

from workbench.grounding import match, normalised, parse_list
from workbench.grounding.index import index_of


def one(text, *titles, candidates=None, **options):
    """The only match of a text against a catalog of these titles, all of them candidates unless told otherwise."""
    catalog = dict(enumerate_ids(titles))
    chosen = catalog if candidates is None else {i: t for i, t in catalog.items() if t in candidates}
    (found,) = match(parse_list(text), chosen, catalog, **options)
    return found, catalog.get(found.item_id)


def enumerate_ids(titles):
    return ((f"i{n}", title) for n, title in enumerate(titles))


def test_the_same_spelling_is_exact():
    found, title = one("1. Alien", "Alien", "Aliens")
    assert (found.kind, title, found.similarity, found.line) == ("exact", "Alien", 1.0, "1. Alien")


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("the matrix", "The Matrix"),
        ("Matrix, The", "The Matrix"),
        ("Matrix", "The Matrix"),
        ("The Matrix (1999)", "Matrix"),
        ("The Matrix [1999, Lana Wachowski]", "The Matrix"),
        ("Amelie", "Amélie"),
        ("Smorgasbord", "Smørgåsbord"),
        ("ＵＰ", "Up"),
        ("Wall-E", "WALL·E"),
        ("Whats Up Doc", "What's Up, Doc?"),
        ("What’s Up, Doc?", "What's Up, Doc?"),
        ("Q and A", "Q & A"),
        ("Abbey Road (Remastered)", "Abbey Road"),
        ("Abbey Road [2019 Deluxe Edition]", "Abbey Road"),
        ("Rocky 2", "Rocky II"),
        ("Godfather Part 2", "The Godfather: Part II"),
        ("Dune, Part Two", "Dune: Part 2"),
        ("Kill Bill Vol. 1", "Kill Bill: Volume 1"),
        ("有机菠菜３００ｇ", "有机菠菜300g"),
        ("Solaris (1971)", "Solaris (1972)"),
    ],
)
def test_what_differs_in_spelling_alone_is_normalised(written, title):
    found, matched = one(f"- {written}", title)
    assert (found.kind, matched) == ("normalised", title)
    assert title in found.reason


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Aliun Resurrection", "Alien Resurrection"),
        ("Crouching Tiger Hiden Dragon", "Crouching Tiger, Hidden Dragon"),
        ("Spiderman 2", "Spider-Man 2"),
        ("Lord of the Rings: Fellowship of the Ring", "The Lord of the Rings: The Fellowship of the Ring"),
        ("The Shawshenk Redemption", "The Shawshank Redemption"),
    ],
)
def test_a_slip_of_the_pen_is_fuzzy(written, title):
    found, matched = one(f"- {written}", title, "Heat")
    assert (found.kind, matched) == ("fuzzy", title)
    assert 0.8 < found.similarity < 1
    assert "like" in found.reason


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Aliens", "Alien"),
        ("Alien", "Aliens"),
        ("Toy Story 3", "Toy Story 2"),
        ("Toy Story", "Toy Story 2"),
        ("Toy Story 2", "Toy Story"),
        ("Rocky IV", "Rocky III"),
        ("The Godfather: Part III", "The Godfather"),
        ("The Godfather: Part III", "The Godfather: Part II"),
        ("Dune: Part One", "Dune: Part Two"),
        ("Star Wars: Episode VI", "Star Wars: Episode V"),
        ("Before Sunset", "Before Sunrise"),
        ("Iron Men", "Iron Man"),
        ("Blade Runner 2049", "Blade Runner"),
        ("Heap", "Heat"),
        ("Solaris (2002)", "Solaris (1972)"),
        ("Solaris (2002) - slow", "Solaris (1972)"),
        ("有机牛奶 250ml", "有机牛奶 500ml"),
    ],
)
def test_titles_that_only_look_alike_are_not_confused(written, title):
    found, matched = one(f"- {written}", title)
    assert (found.kind, matched) == ("invented", None)


def test_the_longer_title_goes_before_the_shorter_one_that_it_begins_with():
    found, title = one("- Mission: Impossible - Fallout", "Mission: Impossible", "Mission: Impossible – Fallout")
    assert (found.kind, title) == ("normalised", "Mission: Impossible – Fallout")
    found, title = one("- Alien: Resurection", "Alien", "Alien: Resurrection")
    assert (found.kind, title) == ("fuzzy", "Alien: Resurrection")


def test_a_title_in_quotes_within_a_reason_is_not_the_item():
    _, title = one('- Alien - like "Heat", but in space', "Alien", "Heat")
    assert title == "Alien"


def test_a_catalog_item_that_is_no_candidate_is_outside():
    found, title = one("- Heat", "Alien", "Heat", candidates=["Alien"])
    assert (found.kind, title, found.reason) == ("outside", "Heat", "“Heat” is no candidate")


def test_candidates_go_before_the_rest_of_the_catalog():
    catalog = {"a": "Heat", "b": "Heat"}
    (found,) = match(parse_list("- Heat"), {"b": "Heat"}, catalog)
    assert (found.kind, found.item_id) == ("exact", "b")


def test_several_items_of_one_title_are_ambiguous():
    catalog = {"a": "Weezer", "b": "Weezer", "c": "Pinkerton"}
    (found,) = match(parse_list("- Weezer"), catalog, catalog)
    assert (found.kind, found.item_id, found.others) == ("ambiguous", None, ("a", "b"))
    assert found.reason == "“Weezer” may be any of 2 items"


def test_a_year_tells_items_of_one_title_apart():
    found, title = one("- Solaris (2002)", "Solaris (1972)", "Solaris (2002)")
    assert (found.kind, title) == ("exact", "Solaris (2002)")
    found, _ = one("- Solaris", "Solaris (1972)", "Solaris (2002)")
    assert found.kind == "ambiguous"


def test_a_second_mention_is_a_duplicate():
    catalog = {"a": "Alien", "u": "Up"}
    found = match(parse_list("1. Alien\n2. Up\n3. ALIEN"), catalog, catalog)
    assert [(line.item_id, line.duplicate) for line in found] == [("a", False), ("u", False), ("a", True)]


def test_a_label_before_the_title_is_read_over():
    found, title = one("Item 1: Alien", "Alien")
    assert (found.kind, title) == ("exact", "Alien")


@pytest.mark.parametrize(
    "text",
    [
        "Heat > Alien > Up",
        "Heat | Alien | Up",
        "1. Heat, Alien, Up",
        "1. Heat; alien; and Up",
        "Here is my list for you:\nHeat, Alien, Up\nI hope that you enjoy these films.",
    ],
)
def test_several_titles_on_one_line_are_several_mentions(text):
    catalog = {"a": "Alien", "u": "Up", "h": "Heat"}
    assert [line.item_id for line in match(parse_list(text), catalog, catalog)] == ["h", "a", "u"]


def test_a_title_with_a_separator_in_it_is_found_whole_among_several():
    catalog = {"c": "Crouching Tiger, Hidden Dragon", "h": "Heat", "t": "Hidden Dragon", "x": "Crouching Tiger"}
    found = match(
        parse_list("1. Crouching Tiger, Hidden Dragon\n2. Heat, Crouching Tiger, Hidden Dragon"), catalog, catalog
    )
    assert [line.item_id for line in found] == ["c", "h", "c"]


def test_a_reason_after_a_title_makes_no_list_of_titles():
    catalog = {"a": "Alien", "u": "Up", "h": "Heat"}
    found = match(parse_list("1. Alien, Up, and a bit of romance\n2. Heat"), catalog, catalog)
    assert [line.item_id for line in found] == ["a", "h"]


def test_asides_count_only_if_they_name_an_item():
    catalog = {"a": "Alien", "u": "Up"}
    found = match(parse_list("Films:\n1. Alien\nUp\nNo more from me."), catalog, catalog)
    assert [line.item_id for line in found] == ["a", "u"]


def test_normalised_keeps_letters_of_other_scripts_apart():
    assert normalised("が") != normalised("か")
    assert normalised("V for Vendetta") == "v for vendetta"


def test_a_catalogs_index_is_built_once():
    catalog = {str(n): f"Title {n}" for n in range(100)}
    assert index_of(catalog) is index_of(catalog)
    assert index_of(dict(catalog)) is not index_of(catalog)


def test_what_stands_after_a_colon_is_no_item_of_its_own():
    found, _ = one("- Black Panther: The Album", "The Album")
    assert found.kind == "invented"


def test_an_artist_before_a_dash_is_read_over():
    found, title = one("- Michael Jackson – Thriller", "Thriller")
    assert (found.kind, title) == ("exact", "Thriller")


@pytest.mark.parametrize(
    "text",
    [
        'I recommend "Alien", Up and Heat.',
        "Alien\n(500) days of summer\nUP\nHeat",
        "| Title |\n|---|\n| Alien |\n| Up |\n\nHeat",
        "1. Alien\n2. Up\n\nAlso:\n- Heat",
    ],
)
def test_nothing_that_names_an_item_is_lost(text):
    catalog = {"a": "Alien", "u": "Up", "h": "Heat", "d": "(500) Days of Summer"}
    found = [line.item_id for line in match(parse_list(text), catalog, catalog)]
    assert [item_id for item_id in found if item_id != "d"] == ["a", "u", "h"]
    assert ("d" in found) == ("500" in text)


FLIES = {"a": "The Fly", "b": "The Fly", "s": "Solaris"}
RELEASED = {"a": 1958, "b": 1986, "s": 1972}


@pytest.mark.parametrize(
    ("text", "kind", "item_id"),
    [
        ("The Fly (1958)", "normalised", "a"),
        ("The Fly (1986)", "normalised", "b"),
        ("The Fly", "ambiguous", None),
        ("Solaris (1973)", "normalised", "s"),  # a slip
        ("Solaris (2002)", "invented", None),  # another film
    ],
)
def test_the_catalogs_years_tell_items_of_one_title_apart(text, kind, item_id):
    (found,) = match(parse_list(f"- {text}"), FLIES, FLIES, released=RELEASED)
    assert (found.kind, found.item_id) == (kind, item_id)


@pytest.mark.parametrize(
    "written", ["Crouching Tiger, Hid", "Crouching Tiger…", "Crouching Ti...", "The Hidden Crouching Tiger Dragon"]
)
def test_what_is_broken_off_or_in_another_order_is_the_one_title_that_it_can_be(written):
    found, title = one(f"- {written}", "Crouching Tiger, Hidden Dragon", "Heat")
    assert (found.kind, title) == ("fuzzy", "Crouching Tiger, Hidden Dragon")


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Crouching Tiger", "Crouching Tiger, Hidden Dragon"),  # a whole word: perhaps another film
        ("Munich: The Return", "Munich"),
        ("The Codfather", "The Godfather"),
        ("有机香菜 300g", "有机菠菜 300g"),
    ],
)
def test_what_is_no_slip_is_not_taken_for_one(written, title):
    found, matched = one(f"- {written}", title)
    assert (found.kind, matched) == ("invented", None)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Twelve Angry Men", "12 Angry Men"),
        ("Head Hunters (2011 Remaster)", "Head Hunters"),
        ("白茶 300克", "白茶 300g"),
    ],
)
def test_numbers_units_and_remasters_are_spelling(written, title):
    (found,) = match(parse_list(f"- {written}"), {"a": title}, {"a": title}, released={"a": 1973})
    assert found.kind == "normalised"
