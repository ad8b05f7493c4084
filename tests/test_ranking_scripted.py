import pytest

from workbench.engine.protocol import Sampling
from workbench.engine.scripted import ScriptedEngine, ScriptedTokenizer, by_hash, by_table
from workbench.records import Message, Prompt, Span


def test_the_same_question_has_the_same_answer_in_every_engine():
    first, second = (ScriptedEngine().loglikelihood("A film:", [" Alien", " The Matrix"]) for _ in range(2))
    assert [s.total for s in first.scored] == [s.total for s in second.scored]
    assert [len(s.token_ids) for s in first.scored] == [1, 2]
    assert first.scored[1].total == pytest.approx(by_hash("A film:", " The Matrix"))


def test_a_table_says_what_a_continuation_is_worth():
    found = ScriptedEngine(by_table({"Alien": -1.0}, default=-9.0)).loglikelihood("", [" Alien", " Up"])
    assert [s.total for s in found.scored] == [-1.0, -9.0]


def test_the_text_is_that_of_the_first_part_found_in_the_prompt():
    engine = ScriptedEngine(texts={"dark": "1. Alien", "films": "1. Up"})
    assert engine.generate("dark films", Sampling()).text == "1. Alien"
    assert engine.generate("films", Sampling()).text == "1. Up"
    assert engine.asked == ["dark films", "films"]


def test_without_a_text_the_listed_lines_come_back_the_likeliest_first():
    engine = ScriptedEngine(by_table({"Alien": -3.0, "Up": -1.0}))
    assert engine.generate("Films:\n1. Alien\n2. Up\nRank them:", Sampling()).text == "1. Up\n2. Alien"


def test_a_text_ends_at_a_stop_string_and_at_the_token_limit():
    engine = ScriptedEngine(texts={"": "one two three\nfour"})
    assert engine.generate("x", Sampling(stop=("\n",))).text == "one two three"
    cut = engine.generate("x", Sampling(max_tokens=2))
    assert (cut.text, cut.finished, len(cut.token_ids)) == ("one two", False, 2)


def test_tokens_join_to_the_text_that_they_came_from():
    tokenizer, text = ScriptedTokenizer(), " a  film\nabout  time \n"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert "".join(text[a:b] for a, b in tokenizer.offsets(text)) == text


def test_a_chat_prompt_is_finished_and_its_spans_still_point_at_their_text():
    prompt = Prompt(
        "Rank.\n\nAlien, Up",
        (Message("system", "Rank."), Message("user", "Alien, Up")),
        (Span(14, 16, "candidate", "u"),),
    )
    found = ScriptedTokenizer().finish(prompt)
    assert found.text == "<|start|>system\nRank.<|end|>\n<|start|>user\nAlien, Up<|end|>\n<|start|>assistant\n"
    assert [found.text[s.start : s.end] for s in found.spans] == ["Up"]


def test_an_assistant_message_at_the_end_is_left_open():
    prompt = Prompt("Rank.\n\n1.", (Message("user", "Rank."), Message("assistant", "1.")))
    assert ScriptedTokenizer().finish(prompt).text.endswith("<|start|>assistant\n1.")
