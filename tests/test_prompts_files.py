"""Templates as files: listing, reading, includes."""

import pytest

from workbench.errors import TemplateError
from workbench.prompts import check, collect, list_templates, read_template
from workbench.prompts.files import MAX_BYTES


@pytest.fixture
def folders(tmp_path):
    mine, shipped = tmp_path / "mine", tmp_path / "shipped"
    mine.mkdir()
    shipped.mkdir()
    (shipped / "plain.j2").write_text("{% include '_a.j2' %}")
    (shipped / "other.j2").write_text("other")
    (shipped / "_a.j2").write_text("{%- include '_b.j2' -%}")
    (shipped / "_b.j2").write_text("{{ user }}{% include '_a.j2' %}")
    (mine / "other.j2").write_text("mine")
    return [mine, shipped, tmp_path / "missing"]


def test_templates_are_listed_by_name_without_parts_the_first_folder_first(folders):
    found = list_templates(folders)
    assert list(found) == ["other", "plain"]
    assert found["other"].source == "mine"


def test_included_files_are_collected_through_each_other(folders):
    assert list(read_template("plain", folders).includes) == ["_a.j2", "_b.j2"]


def test_own_part_replaces_the_shipped_one(folders):
    (folders[0] / "_b.j2").write_text("my part")
    assert read_template("plain", folders).includes["_b.j2"] == "my part"


def test_text_of_the_editor_is_collected_even_where_it_does_not_parse(folders):
    assert list(collect("new", "{% if %}{% include '_b.j2' %}", folders).includes) == ["_a.j2", "_b.j2"]


def test_missing_include_is_left_to_the_check(folders):
    assert [p.what for p in check(collect("new", "{% include '_c.j2' %}", folders))] == [
        "there is no file `_c.j2` to include"
    ]


@pytest.mark.parametrize("file", ["../secret.j2", "/etc/passwd", "a/../../b.j2"])
def test_files_outside_of_the_folders_are_not_read(folders, file):
    (folders[0].parent / "secret.j2").write_text("secret")
    assert collect("new", f"{{% include '{file}' %}}", folders).includes == {}


def test_unknown_template_names_the_nearest(folders):
    with pytest.raises(TemplateError, match="there is no template 'plian' — did you mean `plain`"):
        read_template("plian", folders)


def test_file_that_is_not_utf8_or_too_large_is_an_error(folders):
    (folders[0] / "latin.j2").write_bytes("é".encode("latin-1"))
    (folders[0] / "large.j2").write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(TemplateError, match=r"latin\.j2: not UTF-8 at byte 0"):
        read_template("latin", folders)
    with pytest.raises(TemplateError, match="1,000,001 bytes"):
        read_template("large", folders)
    assert list(list_templates(folders)) == ["other", "plain"]


def test_windows_line_ends_and_byte_order_mark_do_not_matter(folders):
    (folders[0] / "win.j2").write_bytes(b"\xef\xbb\xbf---\r\nname: x\r\n---\r\n{{ usr }}\r\n")
    assert [(p.what, p.line, p.column) for p in check(read_template("win", folders))] == [
        ("`usr` is not defined", 4, 4)
    ]
