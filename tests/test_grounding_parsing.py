import pytest

from workbench.grounding import parse_list


def firsts(text):
    """The most literal reading of each mention that is no aside."""
    return [mention.names[0] for mention in parse_list(text) if not mention.aside]


@pytest.mark.parametrize(
    "text",
    [
        "1. Alien\n2. Up",
        "1) Alien\n2) Up",
        "(1) Alien\n(2) Up",
        "[1] Alien\n[2] Up",
        "#1 Alien\n#2 Up",
        "1: Alien\n2: Up",
        "1 - Alien\n2 - Up",
        "1 Alien\n2 Up",
        "1、Alien\n2、Up",
        "①Alien\n②Up",
        "① Alien ② Up",
        "1️⃣ Alien\n2️⃣ Up",
        "一、Alien\n二、Up",
        "第一、Alien\n第二、Up",
        "- Alien\n- Up",
        "* Alien\n* Up",
        "• Alien\n• Up",
        "•Alien\n•Up",
        "- [ ] Alien\n- [x] Up",
        "> 1. Alien\n> 2. Up",
        "### 1. Alien\n### 2. Up",
        "A. Alien\nB. Up",
        "a) Alien\nb) Up",
        "Alien\nUp",
        "Alien, Up",
        "Alien, and Up",
        "Alien and Up",
        "Alien > Up",
        "1. Alien, 2. Up",
        "Alien、Up",
        "《Alien》、《Up》",
        "推荐《Alien》和《Up》。",
        '["Alien", "Up"]',
        "['Alien', 'Up']",
        '```json\n["Alien", "Up"]\n```',
        'Here you are: ["Alien", "Up"] Enjoy!',
        '{"1": "Alien", "2": "Up"}',
        '{"films": [{"rank": 1, "title": "Alien", "why": "dark"}, {"rank": 2, "title": "Up"}]}',
        '[{"movie_title": "Alien"}, {"movie_title": "Up"}]',
        '{"Alien": 0.9, "Up": 0.4}',
        '{"title": "Alien"}\n{"title": "Up"}',
        '1. {"title": "Alien"}\n2. {"title": "Up"}',
        "<ol><li>Alien</li><li>Up</li></ol>",
        "| # | Film |\n|---|---|\n| 1 | Alien |\n| 2 | Up |",
        "| Film | Why |\n|:--|:--|\n| Alien | dark |\n| Up | sweet |",
        "```\n1. Alien\n2. Up\n```",
        "<think>1. Heat</think>\n1. Alien\n2. Up",
        "1. Heat, no.</think>1. Alien\n2. Up",
        "Alien\n2. Up",
        "1.\nAlien\n2.\nUp",
    ],
)
def test_a_list_in_any_style_gives_its_names(text):
    assert firsts(text) == ["Alien", "Up"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("1. **Alien**", "Alien"),
        ("**1. Alien**", "Alien"),
        ("1. *Alien* (1979)", "Alien"),
        ("1. __Alien__: dark", "Alien"),
        ("1. `Alien`", "Alien"),
        ('1. "Alien" - dark', "Alien"),
        ("1. “Alien”, dark", "Alien"),
        ("1. «Alien» by Ridley Scott", "Alien"),
        ("1. 《Alien》：黑暗", "Alien"),
        ("1. 「Alien」（1979）", "Alien"),
        ("1. [Alien](https://example.org)", "Alien"),
        ("1. Alien – dark and slow", "Alien"),
        ("1. Alien — dark", "Alien"),
        ("1. Alien——黑暗", "Alien"),
        ("1. Alien: dark", "Alien"),
        ("1. Alien (dark)", "Alien"),
        ("1. Alien because it is dark", "Alien"),
        ("1. Alien | dark", "Alien"),
        ('1. Alien ["dark", "slow"]', "Alien"),
    ],
)
def test_decoration_and_reasons_leave_the_name_among_the_readings(line, name):
    (mention,) = parse_list(line)
    assert name in mention.names
    assert mention.text == line


def test_the_whole_line_is_read_before_the_part_up_to_a_dash():
    (mention,) = parse_list("1. Star Wars: Episode V - The Empire Strikes Back - the best one")
    assert mention.names == (
        "Star Wars: Episode V - The Empire Strikes Back - the best one",
        "Star Wars: Episode V - The Empire Strikes Back",
        "Star Wars: Episode V",
    )


def test_the_rest_of_a_sequels_name_is_no_reason():
    (mention,) = parse_list("1. The Godfather: Part III")
    assert "The Godfather" not in mention.names


def test_remarks_around_a_list_are_asides():
    found = parse_list("Sure! Here is my list:\n1. Alien\n   - Why: it is dark\n2. Up\nI hope you like them!")
    assert [(m.text, m.aside) for m in found] == [
        ("Sure! Here is my list:", True),
        ("1. Alien", False),
        ("- Why: it is dark", True),
        ("2. Up", False),
        ("I hope you like them!", True),
    ]


def test_numbers_that_titles_begin_with_make_no_list():
    titles = ["12 Angry Men", "2001: A Space Odyssey", "300", "(500) Days of Summer"]
    assert firsts("\n".join(titles))[:3] == titles[:3]
    assert [m.text for m in parse_list("\n".join(titles))] == titles


def test_a_number_within_a_title_does_not_split_the_line():
    assert [m.text for m in parse_list("1. Toy Story 2. A classic")] == ["1. Toy Story 2. A classic"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('["Alien", "Up", "The Mat', ["Alien", "Up", "The Mat"]),
        ('{"titles": ["Alien", "Up"', ["Alien", "Up"]),
        ('[{"title": "Alien", "why": "dark"}, {"title": "U', ["Alien", "U"]),
        ('["What\\u2019s Up", "Am\\u00e9lie', ["What’s Up", "Amélie"]),
    ],
)
def test_json_that_was_cut_off_gives_what_is_there(text, names):
    assert firsts(text) == names


def test_an_object_with_reasons_may_name_in_its_keys():
    (mention,) = parse_list('{"Alien": "a dark classic"}')
    assert mention.names[0] == "a dark classic"
    assert "Alien" in mention.guesses


def test_a_sentence_gives_its_parts_and_how_they_join():
    first, *_ = (m for m in parse_list("I recommend The Good, the Bad and the Ugly, and Up") if m.names)
    assert first.names[0] == "The Good"
    assert first.joined[:2] == ("The Good, the Bad", "The Good, the Bad and the Ugly")


@pytest.mark.parametrize("text", ["", " \n ", "```\n```", "<think>hm", "---", "1.\n2.\n3.", "[]", "{}"])
def test_a_text_without_a_name_gives_nothing(text):
    assert firsts(text) == []


def test_lonely_numbers_out_of_order_may_stand_for_candidates():
    assert firsts("3.\n1.\n2.") == ["3.", "1.", "2."]
    assert firsts("[3] > [1] > [2]") == ["[3]", "[1]", "[2]"]
