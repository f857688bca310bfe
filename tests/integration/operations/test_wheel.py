"""The wheel of the command, installed where no checkout is."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.unit.repository import REPOSITORY


def test_the_wheel_brings_the_command_and_its_runbook(tmp_path: Path) -> None:
    # What the checkout has beside the package must not be what is read.
    building = [str(REPOSITORY / ".tools/bin/uv"), "build", "--quiet", "--wheel", "--out-dir"]
    subprocess.run([*building, tmp_path, "--package", "meterhouse"], cwd=REPOSITORY, check=True)
    (wheel,) = tmp_path.glob("meterhouse-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
        (entry_points,) = (one for one in packed.namelist() if one.endswith("entry_points.txt"))
        assert "meterhouse = operations.__main__:app" in packed.read(entry_points).decode()
        assert "operations/templates/statement.html" in packed.namelist()
    program = "from operations.__main__ import app; app(['explain', 'redriven'])"
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "installed",
        check=True,
        capture_output=True,
        text=True,
    )

    assert "an operator redrove it" in told.stdout
