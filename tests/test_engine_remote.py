"""A model on a server against the same model in this process."""

import pytest
import remote_pair
from hypothesis import given, settings
from hypothesis import strategies as st
from openai_server import MODEL, Faults
from remote_pair import LOCAL, PROMPT, SERVER, engine_at
from test_engine import TITLES, TOKENIZER

from workbench.engine.protocol import Sampling
from workbench.engine.remote_address import PARALLEL, UNVERIFIED
from workbench.errors import ModelError, PromptTooLong

base, faults, folder = remote_pair.base, remote_pair.faults, remote_pair.folder


def assert_same_scores(remote, prompt, titles):
    found, expected = remote.loglikelihood(prompt, titles), LOCAL.loglikelihood(prompt, titles)
    for ours, theirs in zip(found.scored, expected.scored, strict=True):
        assert len(ours.logprobs) == len(theirs.logprobs)
        assert ours.logprobs == pytest.approx(theirs.logprobs, abs=1e-4)
    return found, expected


# Scores


@pytest.mark.parametrize("how", ["a tokenizer's folder", "the server's own tokenizer"])
@pytest.mark.parametrize("prompt", [PROMPT, "the viewer will love: ", "喜欢: 🎬", "x"])
def test_scores_and_token_ids_equal_those_of_the_same_model_in_this_process(
    base, faults, folder, tmp_path, how, prompt
):
    faults.no_tokenize = how != "the server's own tokenizer"
    remote = engine_at(base, tmp_path, tokenizer=folder if faults.no_tokenize else "")
    found, expected = assert_same_scores(remote, prompt, TITLES)
    assert [s.token_ids for s in found.scored] == [s.token_ids for s in expected.scored]
    assert found.usage.scored_tokens == expected.usage.scored_tokens
    assert found.usage.passes == len(TITLES)


@pytest.mark.parametrize("no_offsets", [False, True])
def test_without_a_tokenizer_the_servers_own_tokens_say_where_the_title_starts(base, faults, tmp_path, no_offsets):
    faults.no_offsets = no_offsets
    remote = engine_at(base, tmp_path)
    assert remote.tokenizer.estimated
    found, _ = assert_same_scores(remote, PROMPT, [" The Matrix", " The Matrix Reloaded", " Up", " Alien", " Aliens"])
    # Equal tokens have an equal number that is no token's id: what "The Matrix Reloaded" goes on from can be told.
    matrix, reloaded, up = (found.scored[n].token_ids for n in (0, 1, 2))
    assert max(*matrix, *reloaded, *up) < 0
    assert reloaded[: len(matrix)] == matrix != up[: len(matrix)]


def test_a_token_that_straddles_the_end_of_the_prompt_counts_with_the_title(base, faults, tmp_path):
    remote = engine_at(base, tmp_path)
    prompt, title = "love: th", "e viewer"
    joint = [TOKENIZER.decode([i]) for i in TOKENIZER("love: the viewer")["input_ids"]]
    start = next(i for i in range(len(joint)) if len("".join(joint[: i + 1])) > len(prompt))
    assert len("".join(joint[:start])) < len(prompt)
    (scored,) = remote.loglikelihood(prompt, [title]).scored
    assert len(scored.logprobs) == len(joint) - start


@settings(max_examples=15, deadline=None)
@given(
    prompt=st.text(min_size=1, max_size=40).filter(lambda s: "\ud800" not in s),
    titles=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4),
)
def test_any_text_scores_as_in_this_process(base, folder, tmp_path_factory, prompt, titles):
    SERVER.faults = Faults()
    assert_same_scores(_shared_engine(base, folder, tmp_path_factory), prompt, titles)


_engines = {}


def _shared_engine(base, folder, tmp_path_factory):
    if base not in _engines:
        _engines[base] = engine_at(base, tmp_path_factory.mktemp("home"), tokenizer=folder)
    return _engines[base]


def test_no_more_requests_at_a_time_than_the_bound(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    remote.loglikelihood(PROMPT, [f" film {i}" for i in range(40)])
    assert 1 < faults.most_at_once <= PARALLEL


def test_a_prompt_over_the_servers_window_says_by_how_much(base, faults, folder, tmp_path):
    faults.window = 64
    remote = engine_at(base, tmp_path, tokenizer=folder)
    assert remote.tokenizer.context_window == 64
    with pytest.raises(PromptTooLong, match=r"\d+ tokens, \d+ more than the server's 64"):
        remote.loglikelihood("a film " * 60, ["x"])
    with pytest.raises(PromptTooLong):
        remote.generate("a film", Sampling(max_tokens=100))


def test_an_empty_prompt_is_refused(base, faults, tmp_path):
    with pytest.raises(ModelError, match="empty"):
        engine_at(base, tmp_path).loglikelihood("", ["x"])


def test_the_identity_says_that_weights_cannot_be_verified(base, faults, tmp_path):
    identity = engine_at(base, tmp_path).identity
    assert identity.weights_sha256 == UNVERIFIED
    assert (identity.revision, identity.dtype, identity.device) == ("remote",) * 3
    assert identity.id == f"{base}#{MODEL}"


def test_hidden_states_stay_on_the_server(base, faults, tmp_path):
    with pytest.raises(ModelError, match="can't be looked into"):
        engine_at(base, tmp_path).states(["a"])


# Text


def test_greedy_text_equals_the_same_model_in_this_process(base, faults, tmp_path):
    heard = []
    remote = engine_at(base, tmp_path).generate(PROMPT, Sampling(max_tokens=12), on_text=heard.append)
    assert remote.text == LOCAL.generate(PROMPT, Sampling(max_tokens=12)).text
    assert heard[-1] == remote.text
    assert remote.usage.generated_tokens > 0


def test_options_reach_the_server_and_a_stop_ends_the_text(base, faults, tmp_path):
    remote = engine_at(base, tmp_path)
    whole = remote.generate(PROMPT, Sampling(max_tokens=12)).text
    stops = (*"\0\1\2\3", whole[3])  # the fifth is cut here: the format allows four
    cut = remote.generate(PROMPT, Sampling(max_tokens=12, stop=stops, seed=7, top_p=0.9))
    assert cut.text == whole[: whole.index(whole[3])]
    assert cut.finished
    _, body = faults.asked[-1]
    assert (body["seed"], body["top_p"], body["stop"]) == (7, 0.9, ["\0", "\1", "\2", "\3"])


def test_text_cut_at_the_limit_is_not_finished(base, faults, tmp_path):
    assert not engine_at(base, tmp_path).generate(PROMPT, Sampling(max_tokens=3)).finished


def test_a_server_with_chats_only_gets_the_prompt_as_a_message(base, faults, tmp_path):
    faults.chat_only = True
    remote = engine_at(base, tmp_path)
    assert remote.generate(PROMPT, Sampling(max_tokens=3)).text
    path, body = faults.asked[-1]
    assert (path, body["messages"]) == ("/v1/chat/completions", [{"role": "user", "content": PROMPT}])
    with pytest.raises(ModelError, match="does not score texts"):
        remote.loglikelihood(PROMPT, ["x"])
