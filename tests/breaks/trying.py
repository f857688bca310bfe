"""Break a line of the package, and see that the tests that name its promise fail.

The simulation's own breaks (`tests.simulation.mutants`) are of the protocol. These are of what it
does not play: adapters, registration, the web, and the runtime.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "layers" / "meterhouse" / "python"
_FAILED = re.compile(r"\b\d+ failed\b")


@dataclass(frozen=True, slots=True)
class Break:
    """One text of a module that is replaced by another; `tests` must fail then."""

    module: str
    right: str
    wrong: str
    tests: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return PACKAGE / "meterhouse" / self.module

    def __str__(self) -> str:
        return f"{self.module}: {' '.join(self.right.split())} -> {' '.join(self.wrong.split())}"


def is_noticed(one: Break) -> bool:
    """Run the tests of a break over a copy of the package that has it; tell whether they fail."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "python"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        path = copy / "meterhouse" / one.module
        text = path.read_text()
        assert text.count(one.right) == 1, f"it does not fit the code any more: {one}"
        path.write_text(text.replace(one.right, one.wrong))
        environ = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-x",
                "-p",
                "no:cacheprovider",
                *one.tests.split(),
            ],
            cwd=REPOSITORY,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    # A test that could not even begin has noticed nothing.
    return _FAILED.search(ran.stdout.strip().rpartition("\n")[2]) is not None
