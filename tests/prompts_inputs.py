"""Small inputs for the tests of prompts."""

from workbench.prompts import parse
from workbench.prompts.template import Template
from workbench.records import CatalogFacts, Item, PromptInputs, ShownExemplar
from workbench.variant import TemplateSource

FILMS = CatalogFacts(name="movies", title="Movies", domain="video", language="en", noun="film", size=3)


def item(id: str, title: str, **attributes) -> Item:
    return Item(id, title, f"{title}, a film.", attributes)


HEAT = item("h1", "Heat", year=1995, genres=("crime", "drama"), director=None)
ALIEN = item("h2", "Alien", year=1979, genres=("horror",), director="Ridley Scott")
SOLARIS = item("c1", "Solaris", year=1972, genres=("drama",), director="Andrei Tarkovsky")
STALKER = item("c2", "Stalker", year=1979, genres=(), director="Andrei Tarkovsky")
SHOT = ShownExemplar("e1", "likes the sea", (ALIEN,), (SOLARIS, STALKER), (STALKER,), "both are slow")

INPUTS = PromptInputs(
    catalog=FILMS,
    description="slow science fiction",
    history=(HEAT, ALIEN),
    time="2026-03-01",
    candidates=(SOLARIS, STALKER),
    exemplars=(SHOT,),
    k=2,
)


def template(text: str, **includes: str) -> Template:
    """A template called `t`; the include `x` stands for the file `x.j2`."""
    return parse(source(text, **includes))


def source(text: str, **includes: str) -> TemplateSource:
    return TemplateSource(name="t", source=text, includes={f"{name}.j2": part for name, part in includes.items()})
