import time
from pathlib import Path

from local.stack.layout import remove_in_background


def test_a_folder_vanishes_at_once_and_its_files_soon(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("text")
    remove_in_background(folder)
    assert not folder.exists()
    give_up_at = time.monotonic() + 60
    while list(tmp_path.iterdir()) and time.monotonic() < give_up_at:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_matter(tmp_path: Path) -> None:
    remove_in_background(tmp_path / "tmp")
    assert list(tmp_path.iterdir()) == []
