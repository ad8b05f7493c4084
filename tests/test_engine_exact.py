"""Hard titles, one to two hundred of them: on every family, and on the embedded model itself."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_engine import ENGINES, FAMILIES, assert_close, plain_attention, reference

from workbench.engine.causal_lm import unpacked_loglikelihood
from workbench.engine.loading import load_engine
from workbench.engine.prefix_cache import PrefixCache
from workbench.variant import ModelSpec

WORDS = [
    "The Matrix",
    "Alien",
    "Amélie",
    "喜欢绿色食品",
    "千と千尋の神隠し",
    "Жизнь",
    "👩‍👩‍👧‍👦",
    "🎬",
    "é",
    "ﬁ",
    "2001",
    "\t",
    "\n",
]

words = st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=6))
hard_titles = st.builds(
    lambda start, parts, keep, end: (start + " ".join(parts))[:keep] + end,
    st.sampled_from(["", " ", "  "]),
    st.lists(words, min_size=1, max_size=4),
    st.integers(1, 30),
    st.sampled_from(["", "", " ", "  ", "s"]),
)
"""Titles with and without a space before and after; cut anywhere, so that some begin others."""
prompts = st.builds(
    lambda parts, end: " ".join(["the viewer will love:", *parts]) + end,
    st.lists(words, max_size=8),
    st.sampled_from(["", " ", "\n", ":"]),
)


def numbered(n):
    """n titles that begin one another, in several scripts."""
    return [f" {WORDS[k % 10]}{' Reloaded' * (k // 10 % 3)}{k // 30 or ''}{' ' * (k % 2)}" for k in range(n)]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n", [1, 2, 200])
def test_one_to_two_hundred_titles_score_as_each_alone(family, n):
    titles = numbered(n)
    assert len(set(titles)) == n
    scores = ENGINES[family].loglikelihood("the viewer will love: a film of", titles)
    assert_close(scores, reference(ENGINES[family], "the viewer will love: a film of", titles))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(prompt=prompts, titles=st.lists(hard_titles, min_size=1, max_size=40), family=st.sampled_from(sorted(FAMILIES)))
def test_hard_titles_score_as_each_alone(prompt, titles, family):
    assert_close(ENGINES[family].loglikelihood(prompt, titles), reference(ENGINES[family], prompt, titles))


@pytest.fixture(scope="module")
def embedded(models):
    return load_engine(ModelSpec(dtype="float32"), models, cache=PrefixCache(1 << 24))


@pytest.mark.model
@settings(max_examples=8, deadline=None)
@given(asked=st.lists(st.tuples(prompts, st.lists(hard_titles, min_size=1, max_size=4)), min_size=1, max_size=3))
def test_the_embedded_model_scores_as_one_plain_forward_for_each(embedded, asked):
    found = embedded.loglikelihoods(asked)
    for (prompt, titles), scores in zip(asked, found, strict=True):
        joint = embedded.tokenizer.encode_batch([prompt + title for title in titles])
        starts = [len(ids) - len(s.token_ids) for ids, s in zip(joint, scores.scored, strict=True)]
        assert [list(s.token_ids) for s in scores.scored] == [i[a:] for i, a in zip(joint, starts, strict=True)]
        with plain_attention(embedded) as model:
            plain = [unpacked_loglikelihood(model, i[:a], i[a:]) for i, a in zip(joint, starts, strict=True)]
        assert_close(scores, plain)
