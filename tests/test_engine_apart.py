"""Work with a cache of its own: what was asked before, here or elsewhere, is not known in it."""

from test_engine import small_engine

from workbench.engine.apart import apart
from workbench.engine.prefix_cache import EngineCache

FRAME = "You rank films for a viewer who said what they like."
FIRST, SECOND = f"{FRAME} They like dogs. Next:", f"{FRAME} They like cats. Next:"


def cached(engine, prompt):
    return engine.loglikelihood(prompt, [" Up"]).usage.cached_tokens


def test_apart_nothing_is_known_and_nothing_stays():
    engine = small_engine(cache=EngineCache(1 << 26))
    cached(engine, FIRST)
    with apart():
        assert cached(engine, FIRST) == 0
        assert cached(engine, SECOND) > 0
    assert cached(engine, SECOND) < cached(engine, FIRST)


def test_what_was_read_in_one_stretch_begins_another_as_often_as_wanted():
    engine = small_engine(cache=EngineCache(1 << 26))
    with apart() as known:
        engine.read(FRAME)
    seen = []
    for prompt in (FIRST, SECOND, FIRST):
        with apart(known):
            seen.append(engine.loglikelihood(prompt, [" Up", " Alien"]))
    assert seen[0].usage.cached_tokens == seen[1].usage.cached_tokens >= len(FRAME.split())
    # To the bit, whatever was asked between.
    assert seen[0].scored == seen[2].scored
    assert seen[0].usage.cached_tokens == seen[2].usage.cached_tokens
