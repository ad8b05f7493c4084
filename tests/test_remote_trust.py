"""Servers that can't be trusted with scores, and servers that say no."""

from threading import Event

import pytest
import remote_pair
from openai_server import MODEL
from remote_pair import PROMPT, engine_at
from test_engine import TITLES

from workbench.engine.protocol import Sampling
from workbench.engine.remote_address import PARALLEL, parse_address
from workbench.engine.remote_client import Client, Patience, Unreachable
from workbench.engine.remote_echo import NoLogprobs, read_echo
from workbench.engine.remote_selftest import Comparison, judge
from workbench.errors import Cancelled, ModelError

base, faults, folder = remote_pair.base, remote_pair.faults, remote_pair.folder


# Servers that can't be trusted


def test_shifted_log_probabilities_are_refused_and_text_is_still_written(base, faults, tmp_path):
    faults.shifted = True
    remote = engine_at(base, tmp_path)
    with pytest.raises(ModelError, match=r"can't be believed.*shifted by a token"):
        remote.loglikelihood(PROMPT, TITLES)
    assert remote.generate(PROMPT, Sampling(max_tokens=4)).text


@pytest.mark.parametrize("fault", ["no_logprobs", "no_echo"])
def test_a_server_that_ignores_the_request_is_refused_and_text_is_still_written(base, faults, tmp_path, fault):
    setattr(faults, fault, True)
    remote = engine_at(base, tmp_path)
    with pytest.raises(NoLogprobs, match=r"no log-probabilities.*generation"):
        remote.loglikelihood(PROMPT, TITLES)
    writes, scores = remote.abilities()
    assert not writes.problem
    assert "no log-probabilities" in scores.problem


def test_trust_is_found_once_and_a_mended_server_is_tried_again(base, faults, tmp_path):
    remote = engine_at(base, tmp_path)
    faults.no_logprobs = True
    with pytest.raises(NoLogprobs):
        remote.loglikelihood(PROMPT, ["x"])
    faults.no_logprobs = False
    remote.loglikelihood(PROMPT, ["x"])
    before = len(faults.asked)
    remote.loglikelihood(PROMPT, ["x", "y"])
    assert len(faults.asked) - before == 2


def test_a_server_that_went_away_is_tested_again(base, faults, tmp_path):
    remote = engine_at(base, tmp_path, patience=Patience(seconds=3.0, first_wait=0.0))
    remote.loglikelihood(PROMPT, ["x"])
    faults.hold = Event()
    with pytest.raises(Unreachable, match=r"no answer within 3 s"):
        remote.loglikelihood(PROMPT, ["x"])
    faults.hold.set()
    faults.hold, faults.shifted = None, True
    with pytest.raises(ModelError, match="can't be believed"):
        remote.loglikelihood(PROMPT, ["x"])


def test_another_models_tokenizer_is_found_out(base, faults, folder, tmp_path, monkeypatch):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    monkeypatch.setattr(type(remote.tokenizer), "encode", lambda self, text: [0] * len(text))
    with pytest.raises(ModelError, match=r"as \d+ tokens.*\?tokenizer="):
        remote.loglikelihood(PROMPT, TITLES)


def test_equal_answers_are_trusted_and_different_ones_are_not():
    def compared(*pairs):
        return [Comparison("a", "b", written, scored) for written, scored in pairs]

    assert judge(compared((-1.0, -1.0), (-2.0, -2.005), (-3.0, -3.0)), where="here").gap == pytest.approx(0.005)
    # 16-bit: the answers lie 4 nats apart, so that 0.3 is still rounding and 0.31 is not.
    assert judge(compared((-1.0, -1.0), (-2.0, -2.3), (-5.0, -5.0)), where="here").comparisons == 3
    with pytest.raises(ModelError, match="can't be believed"):
        judge(compared((-1.0, -1.0), (-2.0, -2.31), (-5.0, -5.0)), where="here")
    # Nearly indifferent: what is 0.02 apart is no rounding there.
    with pytest.raises(ModelError, match="can't be believed"):
        judge(compared((-6.0, -6.0), (-6.01, -6.03), (-6.0, -6.0)), where="here")
    with pytest.raises(NoLogprobs, match="only 2 tokens"):
        judge(compared((-1.0, -1.0), (-2.0, -2.0)), where="here")


def test_an_echo_is_read_by_hand():
    logprobs = {"tokens": ["<s>", "a", "b", "c"], "token_logprobs": [None, -1, -2, -9], "text_offset": [0, 3, 4, 5]}
    answer = {"choices": [{"text": "abc", "logprobs": logprobs}], "usage": {"prompt_tokens": 3}}
    echo = read_echo(answer, "ab", where="here")
    assert echo.starts == (-3, 0, 1)
    assert echo.tail(1) == (-1.0, -2.0)


# Errors


def test_a_refused_key_names_the_variable_to_set(base, faults, tmp_path):
    faults.key = "right"
    port = base.split(":")[2].removesuffix("/v1")
    with pytest.raises(ModelError, match=f"asks for a key.*WORKBENCH_API_KEY_127_0_0_1_{port}"):
        engine_at(base, tmp_path)
    with pytest.raises(ModelError, match="refuses the key") as refused:
        engine_at(base, tmp_path, key="wrong-key")
    assert "wrong-key" not in str(refused.value)
    assert engine_at(base, tmp_path, key="right").loglikelihood(PROMPT, ["x"]).scored


def test_an_unknown_model_lists_what_the_server_has(base, faults, tmp_path):
    for ask in (lambda e: e.loglikelihood(PROMPT, ["x"]), lambda e: e.generate(PROMPT, Sampling())):
        with pytest.raises(ModelError, match=f"no model 'nope'.*it has: {MODEL}, other"):
            ask(engine_at(base, tmp_path, model="nope"))


def test_a_busy_server_is_asked_again(base, faults, tmp_path):
    remote = engine_at(base, tmp_path)
    remote.trust()
    faults.fail = [429, 503]
    assert len(remote.loglikelihood(PROMPT, ["x"]).scored) == 1
    faults.fail = [429, 500]
    assert remote.generate(PROMPT, Sampling(max_tokens=2)).text


def test_a_server_that_stays_busy_is_given_up(base, faults, tmp_path):
    remote = engine_at(base, tmp_path)
    faults.fail = [429] * 4
    with pytest.raises(ModelError, match="HTTP 429, tried 4 times: not now"):
        remote.generate(PROMPT, Sampling())
    assert len(faults.fail) == 0


def test_nobody_there_says_so(tmp_path):
    with pytest.raises(Unreachable, match=r"can't be reached.*start it"):
        engine_at("http://127.0.0.1:9/v1", tmp_path)


def test_a_run_is_stopped_between_requests(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    remote.trust()
    before = len(faults.asked)

    def cancel():
        return len(faults.asked) >= before + 3

    with pytest.raises(Cancelled):
        remote.loglikelihood(PROMPT, [f" film {i}" for i in range(60)], cancel=cancel)
    assert len(faults.asked) < before + 3 + PARALLEL
    with pytest.raises(Cancelled):
        remote.generate(PROMPT, Sampling(max_tokens=50), cancel=lambda: True)


def test_a_wait_between_tries_is_cut_short_by_a_stop(base, faults):
    answers = iter([False, True, True])
    faults.fail = [503]
    client = Client(parse_address(f"{base}#{MODEL}"), patience=Patience(first_wait=60.0, longest_wait=60.0))
    with pytest.raises(Cancelled):
        client.post("completions", {}, cancel=lambda: next(answers))


def test_what_is_no_such_server_is_said(base, faults, tmp_path):
    with pytest.raises(ModelError, match="does not score texts"):
        engine_at(base.removesuffix("/v1") + "/elsewhere", tmp_path).loglikelihood(PROMPT, ["x"])
