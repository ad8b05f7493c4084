import numpy
import pytest

from workbench.grounding import Meanings, match, parse_list

TITLES = {"f": "Ferries sail again", "w": "Balcony worm composter", "y": "Yoga mat 5 mm", "z": "天然橡胶瑜伽垫"}


class Told:
    """Vectors by hand: a text's own direction, or that of the title it is told to mean."""

    def __init__(self, **means):
        self.means, self.asked = means, []

    def encode(self, texts):
        self.asked.append(list(texts))
        known = list(TITLES)
        rows = numpy.zeros((len(texts), len(known)), dtype="float32")
        for row, text in enumerate(texts):
            key = next((i for i, title in TITLES.items() if title == text), None) or self.means.get(text, {})
            for at, i in enumerate(known):
                rows[row, at] = (1.0 if i == key else 0.0) if isinstance(key, str) else key.get(i, 0.0)
        return rows


def one(text, **means):
    told = Told(**{text: means} if means else {})
    (found,) = match(parse_list(f"- {text}"), TITLES, TITLES, meanings=Meanings(told.encode))
    return found, told


def test_a_reworded_line_names_the_candidate_that_means_the_same():
    found, _ = one("Ferries are sailing again", f=0.95, w=0.1)
    assert (found.kind, found.item_id) == ("meaning", "f")
    assert found.similarity == pytest.approx(0.95)
    assert found.reason == "“Ferries are sailing again” means “Ferries sail again”, cosine 0.95"


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Ferries are sailing again", {"f": 0.86}),  # not near enough
        ("Ferries are sailing again", {"f": 0.95, "w": 0.90}),  # another is as near
        ("Trains run again", {"f": 0.95}),  # each has a word that the other lacks
        ("Big yoga mat of 8 mm", {"y": 0.99}),  # another number
        ("Ferries often sail: again", {"f": 0.99}),  # a second part
        ("浅绿天然橡胶瑜伽垫", {"z": 0.99}),  # an ideograph is a word
    ],
)
def test_what_only_sounds_alike_stays_invented(text, means):
    assert one(text, **means)[0].kind == "invented"


def test_no_embedder_is_asked_where_spelling_is_enough():
    found, told = one("ferries sail again")
    assert (found.kind, told.asked) == ("normalised", [])


def test_titles_are_embedded_once_for_all_lines():
    told = Told()
    match(parse_list("- Nothing of that kind\n- Nothing of this kind"), TITLES, TITLES, meanings=Meanings(told.encode))
    assert [len(texts) for texts in told.asked] == [4, 1, 1]
    match(parse_list("- Nothing of that kind"), {}, {}, meanings=Meanings(told.encode))
