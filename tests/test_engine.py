"""The engine against the slow, plain way, on small random models of several families."""

import hashlib
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

from workbench.engine.causal_lm import FrozenLM, unpacked_loglikelihood
from workbench.engine.packing import split_point
from workbench.engine.prefix_cache import NoCache, PrefixCache
from workbench.engine.protocol import Sampling
from workbench.engine.sampling import looping, stopped
from workbench.engine.tokenizing import HubTokenizer
from workbench.errors import Cancelled, ModelError, PromptTooLong, TemplateError
from workbench.records import Message, ModelIdentity, Prompt, Span

WINDOW = 2048
SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}
COMMON = {**SMALL, "num_key_value_heads": 2, "max_position_embeddings": WINDOW, "head_dim": 8}
FAMILIES = {
    "llama": lambda v: LlamaConfig(vocab_size=v, **COMMON),
    "gpt2": lambda v: GPT2Config(vocab_size=v, n_embd=32, n_layer=3, n_head=4, n_positions=WINDOW),
    "qwen2": lambda v: Qwen2Config(vocab_size=v, **COMMON),
    "mistral, sliding": lambda v: MistralConfig(vocab_size=v, sliding_window=40, **COMMON),
    "gemma2, sliding and soft caps": lambda v: Gemma2Config(
        vocab_size=v, sliding_window=40, query_pre_attn_scalar=8, **COMMON
    ),
    "gemma3, sliding": lambda v: Gemma3TextConfig(
        vocab_size=v,
        sliding_window=40,
        query_pre_attn_scalar=8,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        **COMMON,
    ),
}
TITLES = [
    " The Matrix",
    " The Matrix Reloaded",
    " Amélie",
    " 喜欢绿色食品",
    " Up",
    " Up ",
    "🎬 Emoji",
    " Alien",
    " Aliens",
]


def byte_tokenizer() -> PreTrainedTokenizerFast:
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    corpus = ["The Matrix Reloaded and the Aliens of Amélie " * 3, "the viewer will love: a film", "喜欢绿色食品"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, special_tokens=["<s>", "</s>"])
    core.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>")


TOKENIZER = byte_tokenizer()


def small_engine(family: str = "llama", cache=None) -> FrozenLM:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(FAMILIES[family](len(TOKENIZER)), dtype=torch.float32)
    tokenizer = HubTokenizer(TOKENIZER, context_window=WINDOW, end_tokens=frozenset({TOKENIZER.eos_token_id}))
    identity = ModelIdentity(family, "random", "0", "float32", "cpu", WINDOW, 0)
    return FrozenLM(model, tokenizer, identity, cache or PrefixCache(1 << 28))


def reference(engine: FrozenLM, prompt: str, continuations: list[str]) -> list[list[float]]:
    (ask,) = engine._tokenised([(prompt, continuations)])
    with plain_attention(engine) as model:
        return [unpacked_loglikelihood(model, ask.prompt, tail) for tail in ask.tails]


@contextmanager
def plain_attention(engine: FrozenLM):
    """The engine's model as transformers would run it."""
    model = engine._model.model
    model.set_attn_implementation("eager")
    try:
        yield model
    finally:
        model.set_attn_implementation("workbench_packed")


def assert_close(scores, expected) -> None:
    for scored, truth in zip(scores.scored, expected, strict=True):
        assert len(scored.logprobs) == len(truth)
        assert max(abs(a - b) for a, b in zip(scored.logprobs, truth, strict=True)) < 1e-4


ENGINES = {family: small_engine(family) for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("words", [3, 90, 400])
def test_packed_scores_equal_one_forward_per_continuation(family, words):
    prompt = "the viewer will love: " * (words // 4) + "a film of the"
    scores = ENGINES[family].loglikelihood(prompt, TITLES)
    assert_close(scores, reference(ENGINES[family], prompt, TITLES))


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.text(min_size=1, max_size=80).filter(lambda s: bool(s.encode("utf-8", "ignore"))),
    titles=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=12),
    family=st.sampled_from(sorted(FAMILIES)),
)
def test_any_text_scores_as_its_joint_tokenisation_alone(prompt, titles, family):
    engine = ENGINES[family]
    scores = engine.loglikelihood(prompt, titles)
    assert_close(scores, reference(engine, prompt, titles))
    (ask,) = engine._tokenised([(prompt, titles)])
    joint = engine.tokenizer.encode_batch([prompt + t for t in titles])
    assert [[*ask.prompt, *s.token_ids] for s in scores.scored] == joint


def test_more_titles_than_one_pass_holds_score_the_same(monkeypatch):
    engine = ENGINES["llama"]
    whole = engine.loglikelihood("a film:", TITLES)
    monkeypatch.setattr("workbench.engine.passes.PASS_TOKENS", 12)
    parts = engine.loglikelihood("a film:", TITLES)
    assert parts.usage.passes > whole.usage.passes
    assert_close(parts, [list(s.logprobs) for s in whole.scored])


@pytest.mark.parametrize("family", FAMILIES)
def test_cached_prefix_gives_the_scores_of_no_cache(family):
    prompt = "the viewer will love: a film " * 120
    cached, plain = small_engine(family), small_engine(family, NoCache())
    cached.loglikelihood(prompt + "and", ["x"])
    again = cached.loglikelihood(prompt, TITLES)
    once = plain.loglikelihood(prompt, TITLES)
    assert again.usage.cached_tokens >= again.usage.prompt_tokens - 2, "all but the last, and what merged with it"
    assert once.usage.cached_tokens == 0
    assert_close(again, [list(s.logprobs) for s in once.scored])


def test_order_of_titles_changes_no_bit():
    engine = ENGINES["llama"]
    forward = engine.loglikelihood("a film:", TITLES)
    backward = engine.loglikelihood("a film:", TITLES[::-1])
    assert forward.scored == backward.scored[::-1]


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_text_equals_transformers_own(family):
    engine = small_engine(family)
    prompt = "the viewer will love: a film " * 60
    ours = engine.generate(prompt, Sampling(max_tokens=12))
    ids = torch.tensor([engine.tokenizer.encode(prompt)])
    with plain_attention(engine) as model:
        theirs = model.generate(ids, max_new_tokens=12, do_sample=False, pad_token_id=0)[0, ids.shape[1] :]
    kept = [int(t) for t in theirs if int(t) != TOKENIZER.eos_token_id]
    assert list(ours.token_ids) == kept[: len(ours.token_ids)]
    assert len(ours.token_ids) == len(kept)


def test_sampled_text_repeats_with_its_seed_and_differs_with_another():
    engine = ENGINES["llama"]
    texts = [engine.generate("a film", Sampling(max_tokens=20, temperature=1.0, seed=s)).text for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_stop_string_ends_the_text_before_it():
    assert stopped("Alien\nAliens", ["\n", "zz"]) == ("Alien", True)
    assert stopped("Alien", ["\n", ""]) == ("Alien", False)
    engine = ENGINES["llama"]
    first = engine.generate("a film", Sampling(max_tokens=1)).text
    assert engine.generate("a film", Sampling(max_tokens=20, stop=(first,))).text == ""


def test_text_that_goes_round_in_circles_is_ended_at_the_third_time():
    assert not looping("1. Alien\n2. Up\n3. Alien\n4. Alien")
    assert looping("1. Alien\n2. Up\n3. Alien\n4. Alien\n")
    assert not looping("\n\n\n")
    assert not looping("")


def test_scoring_and_generating_leave_the_weights_alone():
    engine = small_engine()

    def digest() -> str:
        state = sorted(engine._model.model.state_dict().items())
        return hashlib.sha256(b"".join(t.numpy().tobytes() for _, t in state)).hexdigest()

    before = digest()
    engine.loglikelihood("a film:", TITLES)
    engine.generate("a film", Sampling(max_tokens=5, temperature=1.0))
    assert digest() == before
    assert not any(p.requires_grad for p in engine._model.model.parameters())


def test_prompt_over_the_window_says_by_how_much():
    with pytest.raises(PromptTooLong, match=r"\d+ tokens, \d+ more than the 2048"):
        ENGINES["llama"].loglikelihood("a film " * 3000, ["x"])


def test_empty_prompt_is_refused():
    with pytest.raises(ModelError, match="empty"):
        ENGINES["llama"].loglikelihood("", ["x"])


def test_stop_between_passes_raises_cancelled():
    with pytest.raises(Cancelled):
        small_engine().loglikelihood("a film " * 600, ["x"], cancel=lambda: True)


def test_split_point_lies_where_all_tokenisations_agree():
    assert split_point([1, 2, 3], [[1, 2, 3, 4], [1, 2, 9]]) == 2
    assert split_point([1, 2], [[1, 2, 3]]) == 2
    assert split_point([1], []) == 1


def test_chat_prompt_on_a_model_without_chat_template_is_refused():
    with pytest.raises(TemplateError, match="no chat template"):
        ENGINES["llama"].tokenizer.finish(Prompt("hi", messages=(Message("user", "hi"),)))


def test_chat_template_that_refuses_a_role_says_so_with_what_to_do():
    fast = byte_tokenizer()
    refuses = "{{ raise_exception('System role not supported') }}"
    fast.chat_template = "{% if messages[0].role == 'system' %}" + refuses + "{% endif %}"
    prompt = Prompt("", messages=(Message("system", "You rank."), Message("user", "Which?")))
    with pytest.raises(TemplateError, match="System role not supported — write what a `system` block says"):
        HubTokenizer(fast, context_window=100, end_tokens=frozenset()).finish(prompt)


def test_spans_follow_their_text_into_the_chat_template():
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>{% endfor %}"
        "{% if add_generation_prompt %}[assistant]{% endif %}"
    )
    hub = HubTokenizer(tokenizer, context_window=WINDOW, end_tokens=frozenset())
    messages = (Message("system", "be brief"), Message("user", "I saw Alien"))
    text = "be brief\n\nI saw Alien"
    at = text.index("Alien")
    prompt = hub.finish(Prompt(text, messages, (Span(at, at + 5, "history", "i1"),)))
    assert prompt.text == "[system]be brief</s>[user]I saw Alien</s>[assistant]"
    (span,) = prompt.spans
    assert prompt.text[span.start : span.end] == "Alien"
