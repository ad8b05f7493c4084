"""Whatever the style of a list, what was written is what is found."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.grounding import match, normalised, parse_list

TITLES = {
    f"i{n}": title
    for n, title in enumerate(
        [
            "Alien", "Aliens", "Toy Story", "Toy Story 2", "Toy Story 3", "The Matrix", "Amélie", "Up", "M", "300",
            "1917", "12 Angry Men", "2001: A Space Odyssey", "(500) Days of Summer", "8½", "WALL·E", "Face/Off",
            "Star Wars: Episode IV - A New Hope", "Star Wars: Episode V - The Empire Strikes Back",
            "The Good, the Bad and the Ugly", "Crouching Tiger, Hidden Dragon", "Planes, Trains and Automobiles",
            "What's Up, Doc?", "Who's Afraid of Virginia Woolf?", "...And Justice for All", "#Alive",
            "E.T. the Extra-Terrestrial", "Mission: Impossible", "Mission: Impossible – Fallout", "Spider-Man",
            "Spider-Man 2",
            "The Godfather", "The Godfather Part II", "Rocky", "Rocky II", "Rocky III", "Blade Runner",
            "Blade Runner 2049",
            "Before Sunrise", "Before Sunset", "Stand by Me", "As Good as It Gets", "Léon (The Professional)",
            "有机菠菜 300g", "有机西兰花 2颗装", "绿茶洁面乳", "和平饭店", "千と千尋の神隠し", "Жертвоприношение",
            "Solaris (1972)", "Solaris (2002)", "Her", "It", "Q & A", "Se7en", "A.I. Artificial Intelligence",
            "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "I, Tonya", "Love", "10",
        ]
    )
}  # fmt: skip


def lined(write):
    return lambda titles: "\n".join(write(n, title) for n, title in enumerate(titles, start=1))


def table(titles):
    rows = "\n".join(f"| {n} | {title} | good |" for n, title in enumerate(titles, start=1))
    return f"| Rank | Title | Why |\n|---|---|---|\n{rows}"


STYLES = {
    "1.": lined(lambda n, title: f"{n}. {title}"),
    "1)": lined(lambda n, title: f"{n}) {title}"),
    "(1)": lined(lambda n, title: f"({n}) {title}"),
    "#1": lined(lambda n, title: f"#{n} {title}"),
    "1 -": lined(lambda n, title: f"{n} - {title}"),
    "1、": lined(lambda n, title: f"{n}、{title}"),
    "-": lined(lambda n, title: f"- {title}"),
    "*": lined(lambda n, title: f"* {title}"),
    "•": lined(lambda n, title: f"• {title}"),
    "circled": lined(lambda n, title: f"{chr(ord('①') + n - 1)} {title}"),
    "bold": lined(lambda n, title: f"{n}. **{title}**"),
    "bold number": lined(lambda n, title: f"**{n}. {title}**"),
    "italic": lined(lambda n, title: f"- *{title}*"),
    "quoted": lined(lambda n, title: f'{n}. "{title}"'),
    "curly": lined(lambda n, title: f"{n}. “{title}”"),
    "《》": lined(lambda n, title: f"{n}. 《{title}》"),
    "year": lined(lambda n, title: f"{n}. {title} - a film that this user will love, since it is slow"),
    "dash": lined(lambda n, title: f"{n}. {title} – dark, slow and big"),
    "em dash": lined(lambda n, title: f"{n}. {title} — dark"),
    "colon": lined(lambda n, title: f"{n}. {title}: dark and slow"),
    "bold colon": lined(lambda n, title: f"{n}. **{title}**: dark and slow"),
    "brackets": lined(lambda n, title: f"{n}. {title} (dark and slow)"),
    "capitals": lined(lambda n, title: f"{n}. {title.upper()}"),
    "sub-bullets": lined(lambda n, title: f"{n}. {title}\n   - Why: it is dark and slow"),
    "remarks": lambda titles: "Sure! Here you go:\n\n" + STYLES["1."](titles) + "\n\nI hope that you enjoy them!",
    "continued": lambda titles: STYLES["1."](titles).removeprefix("1."),
    "thought": lambda titles: "<think>\n1. Heat\n</think>\n" + STYLES["1."](titles),
    "fenced": lambda titles: f"```\n{STYLES['1.'](titles)}\n```",
    "json": lambda titles: json.dumps(titles),
    "fenced json": lambda titles: f"Here:\n```json\n{json.dumps(titles, indent=1, ensure_ascii=False)}\n```\nEnjoy!",
    "json objects": lambda titles: json.dumps([{"rank": n, "title": t, "why": "dark"} for n, t in enumerate(titles)]),
    "json scores": lambda titles: json.dumps(dict.fromkeys(titles, 0.5)),
    "cut json": lambda titles: json.dumps(titles)[:-1],
    "table": table,
}  # fmt: skip

SOME = st.lists(st.sampled_from(sorted(TITLES)), min_size=1, max_size=12, unique=True)


def found(text, candidates=TITLES, **options):
    return match(parse_list(text), candidates, TITLES, **options)


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=40, deadline=None)
@given(ids=SOME)
def test_a_list_of_titles_in_any_style_is_found_whole_and_in_order(style, ids):
    lines = found(STYLES[style]([TITLES[i] for i in ids]))
    assert [line.item_id for line in lines] == ids


@settings(max_examples=60, deadline=None)
@given(ids=SOME)
def test_titles_in_a_sentence_are_found_in_order(ids):
    names = [TITLES[i] for i in ids]
    text = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    assert [line.item_id for line in found(f"I would recommend {text}.")] == ids


@settings(max_examples=60, deadline=None)
@given(ids=SOME, style=st.sampled_from(["1.", "-", "json", "table", "bold"]), invented=st.data())
def test_an_invented_title_is_flagged_wherever_it_stands(ids, style, invented):
    at = invented.draw(st.integers(0, len(ids)))
    names = [TITLES[i] for i in ids]
    lines = found(STYLES[style]([*names[:at], "The Wreck of the Quorn", *names[at:]]))
    assert [line.item_id for line in lines] == [*ids[:at], None, *ids[at:]]
    assert lines[at].kind == "invented"


@settings(max_examples=60, deadline=None)
@given(ids=SOME, cut=st.integers(1, 30))
def test_a_cut_list_keeps_every_line_but_the_last(ids, cut):
    text = STYLES["1."]([TITLES[i] for i in ids])
    kept = text[:-cut]
    lines = found(kept, cut=True)
    whole = max(0, kept.count("\n"))
    assert [line.item_id for line in lines][:whole] == ids[:whole]
    assert len(lines) <= whole + 1
    assert all(ids[whole] in (line.item_id, *line.others) for line in lines[whole:] if line.kind != "invented")


@settings(max_examples=60, deadline=None)
@given(ids=SOME)
def test_what_is_no_candidate_is_outside(ids):
    candidates = {i: TITLES[i] for i in ids[::2]}
    lines = found(STYLES["1."]([TITLES[i] for i in ids]), candidates)
    assert [line.item_id for line in lines if line.kind != "outside"] == ids[::2]
    assert [line.item_id for line in lines if line.kind == "outside"] == ids[1::2]


GARBAGE = st.text(
    alphabet=st.one_of(st.sampled_from("1234567890.-*#|[]{}\"',:;()（）《》、<>\\\n\t `_=①一A&"), st.characters()),
    max_size=300,
)


@settings(max_examples=300, deadline=None)
@given(text=GARBAGE, numbered=st.booleans(), cut=st.booleans())
def test_garbage_never_raises(text, numbered, cut):
    lines = found(text, numbered=numbered, cut=cut)
    assert all((line.item_id is None) == (line.kind in ("invented", "ambiguous")) for line in lines)
    assert all(0 <= line.similarity <= 1 for line in lines)


@settings(max_examples=100, deadline=None)
@given(ids=st.lists(st.sampled_from(sorted(TITLES)), min_size=2, max_size=8))
def test_only_a_first_mention_is_no_duplicate(ids):
    lines = found(STYLES["1."]([TITLES[i] for i in ids]))
    assert [line.duplicate for line in lines] == [i in ids[:n] for n, i in enumerate(ids)]


def test_the_titles_are_far_enough_apart_for_these_tests():
    keys = sorted(normalised(title) for title in TITLES.values())
    assert sum(a == b for a, b in pairwise(keys)) == 1  # the two films Solaris
