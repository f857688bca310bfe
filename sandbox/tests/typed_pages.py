"""What the documents tell a reader to type, and a shell that types it."""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path
from textwrap import dedent

DISTRIBUTION = Path(__file__).parents[1]
CHECKOUT = DISTRIBUTION.parent
README = DISTRIBUTION / "README.md"
CI_PAGE = DISTRIBUTION / "docs" / "ci.md"
AWS_CLI = CHECKOUT / ".tools" / "awscli" / "bin"
_TYPED = re.compile("<!-- the test of this page .*?-->(.*?)<!-- until here -->", re.DOTALL)
_FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SECONDS_MAX = 240


def shell_lines(page: Path) -> str:
    """Return what a page tells a reader to type."""
    marked = _TYPED.findall(page.read_text())
    assert marked, f"{page.name} marks nothing to type"
    return "\n".join(_indented(part) for part in marked)


def code_under(page: Path, heading: str) -> str:
    """Return the code of one section."""
    _, found, rest = page.read_text().partition(f"\n## {heading}\n")
    assert found, f"{page.name} has no section {heading}"
    return _indented(rest.partition("\n## ")[0])


def yaml_blocks(page: Path) -> list[str]:
    """Return the YAML documents that a page shows."""
    return _FENCED.findall(page.read_text())


def path_without_checkout(*first: Path) -> str:
    """Return a PATH on which nothing of this checkout is found but the folders named here."""
    others = os.environ["PATH"].split(os.pathsep)
    strange = [name for name in others if name and not Path(name).is_relative_to(CHECKOUT)]
    return os.pathsep.join([*map(str, first), *strange])


def type_in_shell(
    lines: str, *, folder: Path, path: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Type lines into a shell that stops at the first failure and knows nothing else of AWS."""
    with subprocess.Popen(
        ["/bin/sh", "-eu", "-c", lines],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            printed, errors = shell.communicate(timeout=_SECONDS_MAX)
        finally:
            # What it left in the background goes too: they are a group of processes of their own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(shell.args, shell.returncode, printed, errors)


def _indented(text: str) -> str:
    """Return the lines of indented blocks, and the empty ones between them."""
    lines = [line for line in text.splitlines() if line.startswith("    ") or not line]
    return dedent("\n".join(lines)).strip("\n") + "\n"
