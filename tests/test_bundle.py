import io
import json
import stat
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest

from workbench.bundle import Bundle, Solved, differences, make_bundle, read_bundle, rerun, write_bundle
from workbench.errors import BundleError
from workbench.records import Candidate, Case, CatalogFacts, Exemplar, Item, ModelIdentity, RankedItem, Ranking
from workbench.variant import Choice, TemplateSource, Variant

TEMPLATE = TemplateSource(
    name="zero-shot",
    source="---\nname: zero-shot\n---\n{% include 'parts/row.j2' %}\r\n喜欢",
    includes={"parts/row.j2": "x"},
)
VARIANT = Variant(label="B", template=TEMPLATE, method=Choice(name="likelihood", options={"normalise": "sum"}))
MODEL = ModelIdentity("smollm2", "main", "ab" * 32, "float32", "cpu", 2048, 135)
ITEMS = {i: Item(i, i.upper(), f"{i}.", {"year": 1999, "genres": ("a", "b"), "none": None}) for i in "pqrsz"}
EXEMPLAR = Exemplar("ex1", description="d", answer=("r",), tags=("short history",))


def ranking(*scores, model=MODEL, variant=VARIANT, case_id="m1"):
    """A ranking of p, q ... in this order with these scores."""
    ids = "pqrs"[: len(scores)]
    rows = enumerate(zip(ids, scores, strict=True), start=1)
    return Ranking(
        case_id=case_id,
        variant_digest=variant.digest,
        ranked=tuple(RankedItem(i, n, score, n, 0.5) for n, (i, score) in rows),
        candidates=tuple(Candidate(i, 0.5, n + 1, "dense") for n, i in enumerate(ids)),
        exemplar_ids=("ex1",),
        model=model,
    )


class TinyCatalog:
    facts = CatalogFacts("movies", "Movies", "video", "en", "film", 5)
    of_files = "cf"

    def item(self, item_id):
        return ITEMS[item_id]

    def exemplar(self, exemplar_id):
        return {"ex1": EXEMPLAR}[exemplar_id]


CASE = Case("m1", description="slow", history=("z",))
BUNDLE = make_bundle(VARIANT, TinyCatalog(), [Solved(CASE, ranking(-1 / 3, float("-inf"), None))])


class FakeWorkshop:
    """Knows one catalog and one model, and ranks as told."""

    def __init__(self, new, *, model=MODEL, fingerprint="cf"):
        self.new, self.model, self.fingerprint, self.asked = new, model, fingerprint, []

    def catalog(self, name):
        return SimpleNamespace(of_files=self.fingerprint)

    def engine(self, spec):
        return SimpleNamespace(identity=self.model)

    def recommend(self, variant, catalog, case, *, exemplars, cancel, on_progress):
        self.asked.append((variant, catalog, case))
        on_progress("ranking", 0.5)
        return self.new


def written(tmp_path, bundle=BUNDLE):
    path = tmp_path / "bundle.zip"
    path.write_bytes(write_bundle(bundle))
    return path


def unpacked(tmp_path):
    folder = tmp_path / "folder"
    with zipfile.ZipFile(written(tmp_path)) as archive:
        archive.extractall(folder)
    return folder


def problems_of(path):
    with pytest.raises(BundleError) as caught:
        read_bundle(path)
    return "\n".join(map(str, caught.value.problems))


def test_a_bundle_read_back_from_a_zip_is_the_same(tmp_path):
    assert read_bundle(written(tmp_path)) == BUNDLE


def test_a_bundle_read_back_from_a_folder_is_the_same(tmp_path):
    assert read_bundle(unpacked(tmp_path)) == BUNDLE


def test_the_same_bundle_gives_the_same_bytes(tmp_path):
    assert write_bundle(read_bundle(written(tmp_path))) == write_bundle(BUNDLE)


def test_the_members_are_sorted_plain_files_of_one_time():
    entries = zipfile.ZipFile(io.BytesIO(write_bundle(BUNDLE))).infolist()
    assert [entry.filename for entry in entries] == [
        "README.md",
        "exemplars.jsonl",
        "includes/parts/row.j2",
        "items.jsonl",
        "manifest.json",
        "rankings.json",
        "template.j2",
    ]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.S_IMODE(entry.external_attr >> 16) for entry in entries} == {0o644}


def test_the_template_is_kept_byte_for_byte(tmp_path):
    assert (unpacked(tmp_path) / "template.j2").read_bytes() == TEMPLATE.source.encode()


def test_a_bundle_holds_every_item_that_its_prompts_name():
    assert [item.id for item in BUNDLE.items] == ["z", "p", "q", "r"]
    assert BUNDLE.exemplars == (EXEMPLAR,)


def test_rankings_of_another_variant_or_of_two_models_are_not_bundled():
    changed = VARIANT.model_copy(update={"k": 3})
    with pytest.raises(BundleError, match="changed since"):
        make_bundle(changed, TinyCatalog(), [Solved(CASE, ranking(1.0))])
    other = ranking(1.0, model=ModelIdentity("other", "main", "cd", "float32", "cpu", 1, 1))
    with pytest.raises(BundleError, match="2 models"):
        make_bundle(VARIANT, TinyCatalog(), [Solved(CASE, ranking(1.0)), Solved(CASE, other)])
    with pytest.raises(BundleError, match="no ranking"):
        make_bundle(VARIANT, TinyCatalog(), [])


def test_another_label_is_not_another_variant():
    relabelled = VARIANT.model_copy(update={"label": "C"})
    assert isinstance(make_bundle(relabelled, TinyCatalog(), [Solved(CASE, ranking(1.0))]), Bundle)


def test_an_include_that_would_leave_the_bundle_is_not_written():
    source = TemplateSource(name="t", source="x", includes={"../../evil.j2": "x"})
    variant = VARIANT.model_copy(update={"template": source})
    bundle = make_bundle(variant, TinyCatalog(), [Solved(CASE, ranking(1.0, variant=variant))])
    with pytest.raises(BundleError, match="unsafe name"):
        write_bundle(bundle)


def test_every_changed_missing_and_unknown_member_is_named_at_once(tmp_path):
    folder = unpacked(tmp_path)
    (folder / "template.j2").write_text("other")
    (folder / "items.jsonl").unlink()
    (folder / "extra.txt").write_text("x")
    (folder / "includes" / "new.j2").write_text("x")
    found = problems_of(folder)
    assert "template.j2 has SHA-256" in found
    assert "no items.jsonl" in found
    assert "unknown member 'extra.txt'" in found
    assert "includes/new.j2 is not in the manifest" in found


def test_a_changed_setting_in_the_manifest_is_found(tmp_path):
    folder = unpacked(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["variant"]["k"] = 3
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "the variant's digest is" in problems_of(folder)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda m: m.update(unknown=1), "unknown: Extra inputs"),
        (lambda m: m["variant"].update(temperature=1), "temperature: Extra inputs"),
        (lambda m: m["model"].update(colour="red"), "model.colour"),
        (lambda m: m.update(schema_version=2), "schema version 2, this workbench reads 1"),
        (lambda m: m.pop("catalog"), "catalog: Field required"),
        (lambda m: m["variant"].update(template="x"), "template: Input should be"),
    ],
)
def test_a_manifest_that_says_more_or_less_is_refused(tmp_path, change, found):
    folder = unpacked(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert found in problems_of(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, b"\xff\xfe"])
def test_a_manifest_that_is_no_object_is_a_clear_error(tmp_path, content):
    folder = unpacked(tmp_path)
    (folder / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert "manifest.json" in problems_of(folder)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a\\b", "C:evil", "includes/../../x"])
def test_a_zip_with_a_path_that_leads_out_is_refused(tmp_path, name):
    path = written(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    assert "unsafe member" in problems_of(path)


def test_a_zip_with_a_member_twice_is_refused(tmp_path):
    path = written(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("template.j2", "other")
    assert "'template.j2' is there twice" in problems_of(path)


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path):
    path = written(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("includes/bomb.j2", b"\0" * (65 << 20))
    assert "bytes unpacked" in problems_of(path)


def test_a_zip_of_too_many_members_is_refused(tmp_path):
    path = written(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(200):
            archive.writestr(f"includes/{n}.j2", "x")
    assert "207 members" in problems_of(path)


def test_a_link_in_a_folder_is_refused(tmp_path):
    folder = unpacked(tmp_path)
    (folder / "includes" / "link.j2").symlink_to("/etc/hostname")
    assert "a link or special file" in problems_of(folder)


def test_a_file_that_is_no_zip_or_is_not_there_is_a_clear_error(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    assert "not a readable zip" in problems_of(tmp_path / "x.zip")
    assert "no such file" in problems_of(tmp_path / "missing.zip")
    truncated = written(tmp_path)
    truncated.write_bytes(truncated.read_bytes()[:-40])
    assert "not a readable zip" in problems_of(truncated)


def test_an_empty_folder_is_no_bundle(tmp_path):
    assert "no manifest.json" in problems_of(tmp_path)


def test_the_same_ranking_is_reproduced_with_difference_zero():
    workshop = FakeWorkshop(ranking(-1 / 3, float("-inf"), None))
    said = []
    (check,) = rerun(BUNDLE, workshop, on_progress=lambda text, fraction: said.append((text, fraction)))
    assert (check.case_id, check.same_order, check.largest_difference, check.reproduced) == ("m1", True, 0.0, True)
    assert workshop.asked == [(VARIANT, "movies", CASE)]
    assert said == [("m1: ranking", 0.5)]


def test_a_rerun_that_shows_other_exemplars_says_so():
    (check,) = rerun(BUNDLE, FakeWorkshop(replace(BUNDLE.solved[0].ranking, exemplar_ids=("ex2",))))
    assert not check.same_exemplars
    assert check.reproduced


@pytest.mark.parametrize(
    ("new", "same_order", "difference", "reproduced"),
    [
        (ranking(-1 / 3 + 0.0005, float("-inf"), None), True, pytest.approx(0.0005), True),
        (ranking(-1 / 3 + 0.002, float("-inf"), None), True, pytest.approx(0.002), False),
        (ranking(-1 / 3, float("-inf"), 0.1), True, float("inf"), False),
        (ranking(-1 / 3, float("-inf")), False, float("inf"), False),
        (ranking(-1 / 3, float("nan"), None), True, float("inf"), False),
    ],
)
def test_a_rerun_says_how_far_it_is_off(new, same_order, difference, reproduced):
    (check,) = rerun(BUNDLE, FakeWorkshop(new))
    assert (check.same_order, check.largest_difference, check.reproduced) == (same_order, difference, reproduced)


def test_what_differs_at_hand_is_said_before_the_rerun():
    same = FakeWorkshop(ranking(1.0))
    assert differences(BUNDLE, same) == ()
    model = ModelIdentity("smollm2", "main", "cd" * 32, "bfloat16", "cpu", 2048, 135)
    found = "\n".join(differences(BUNDLE, FakeWorkshop(ranking(1.0), model=model, fingerprint="other")))
    assert "catalog movies has fingerprint other, the bundle was made on cf" in found
    assert "has weights_sha256 cdcd" in found
    assert "has dtype bfloat16, the bundle was made with float32" in found
