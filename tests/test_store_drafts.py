import pytest
from pydantic import ValidationError

from workbench.store.draft import Draft, Typed
from workbench.store.errors import DraftConflict, StoreError
from workbench.store.store import Store
from workbench.variant import Choice, TemplateSource, Variant

A = Variant(label="A", template=TemplateSource(name="first", source="{{ user }}\n", includes={"m.j2": "x"}))
B = Variant(label="B", template=TemplateSource(name="二", source="喜欢\x00绿色"), method=Choice(name="generation"))
DRAFT = Draft(id="d1", catalog="movies", case_id="m001", variants=(A, B), baseline="B")


@pytest.fixture
def store(database_url):
    store = Store(database_url)
    yield store
    store.close()


def test_a_saved_draft_comes_back_as_it_was(store):
    draft = DRAFT.model_copy(update={"typed": Typed(description="a\nb", history_text="Heat\n"), "comparison_id": "c"})
    assert store.save_draft(draft) == 1
    held = store.load_draft("d1")
    assert held.revision == 1
    assert held.draft.same_content(draft)
    assert held.draft.updated_at is not None


def test_each_changed_save_counts_one_revision_up(store):
    store.save_draft(DRAFT)
    assert store.save_draft(DRAFT.model_copy(update={"name": "two"}), 1) == 2
    assert store.save_draft(DRAFT.model_copy(update={"name": "three"}), 2) == 3
    assert store.load_draft("d1").draft.name == "three"


def test_unchanged_content_keeps_its_revision_and_time(store):
    store.save_draft(DRAFT)
    before = store.load_draft("d1")
    assert store.save_draft(before.draft, 1) == 1
    assert store.load_draft("d1") == before


def test_a_stale_tab_gets_the_newer_draft_and_writes_nothing(store):
    store.save_draft(DRAFT)
    store.save_draft(DRAFT.model_copy(update={"name": "newer"}), 1)
    with pytest.raises(DraftConflict, match="another tab") as caught:
        store.save_draft(DRAFT.model_copy(update={"name": "stale"}), 1)
    assert caught.value.newer.draft.name == "newer"
    assert caught.value.newer.revision == 2
    assert store.load_draft("d1").draft.name == "newer"


def test_two_tabs_that_create_the_same_draft_conflict(store):
    store.save_draft(DRAFT)
    with pytest.raises(DraftConflict):
        store.save_draft(DRAFT.model_copy(update={"name": "other"}))


def test_a_draft_of_a_lost_database_is_written_anew(store):
    assert store.save_draft(DRAFT, 7) == 8
    assert store.load_draft("d1").revision == 8


def test_the_latest_draft_is_the_one_edited_last(store):
    assert store.latest_draft() is None
    store.save_draft(DRAFT)
    store.save_draft(DRAFT.model_copy(update={"id": "d2"}))
    store.save_draft(DRAFT.model_copy(update={"name": "touched"}), 1)
    assert store.latest_draft().draft.id == "d1"
    assert [saved.draft.id for saved in store.drafts()] == ["d1", "d2"]


def test_an_unknown_draft_is_an_error_with_its_id(store):
    with pytest.raises(StoreError, match="no draft 'nope'"):
        store.load_draft("nope")


def test_a_draft_that_could_not_be_read_back_is_not_written(store):
    store.save_draft(DRAFT)
    with pytest.raises(ValidationError, match="baseline"):
        store.save_draft(DRAFT.model_copy(update={"variants": (A,)}), 1)
    assert store.load_draft("d1").draft.variants == (A, B)


@pytest.mark.parametrize(
    "change",
    [
        {"variants": []},
        {"variants": [A, A]},
        {"variants": [A, B.model_copy(update={"label": "E"})]},
        {"baseline": "C"},
        {"unknown": 1},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValidationError):
        Draft.model_validate(DRAFT.model_dump() | change)
