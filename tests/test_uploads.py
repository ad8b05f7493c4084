"""Uploaded files on their way into an import."""

import os
import time

from workbench.catalogs.importing.uploads import KEPT_SECONDS, keep


def test_one_file_is_given_itself_and_several_their_folder(tmp_path):
    assert keep(tmp_path, {"a.csv": b"x"}, ["1"]).read_bytes() == b"x"
    several = keep(tmp_path, {"a.csv": b"x", "b.csv": b"y"}, ["2", "3"])
    assert {file.name: file.read_bytes() for file in several.iterdir()} == {"a.csv": b"x", "b.csv": b"y"}


def test_a_name_with_folders_in_it_stays_below_the_folder(tmp_path):
    kept = keep(tmp_path / "uploads", {"../../evil.csv": b"x"}, ["1"])
    assert kept.is_relative_to(tmp_path / "uploads")
    assert kept.name == "evil.csv"


def test_the_same_upload_is_not_written_again(tmp_path):
    keep(tmp_path, {"a.csv": b"x"}, ["1"])
    assert keep(tmp_path, {"a.csv": b"another"}, ["1"]).read_bytes() == b"x"


def test_a_new_upload_leaves_what_another_tab_may_be_reading_and_clears_what_is_old(tmp_path):
    of_yesterday, of_now = (keep(tmp_path, {"a.csv": b"x"}, [name]) for name in ("old", "now"))
    then = time.time() - KEPT_SECONDS - 60
    os.utime(of_yesterday.parent, (then, then))
    keep(tmp_path, {"b.csv": b"y"}, ["new"])
    assert of_now.is_file()
    assert not of_yesterday.exists()
    assert len(list(tmp_path.iterdir())) == 2
