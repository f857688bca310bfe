"""The five minutes of sandbox/README.md, typed as they stand there."""

import os
import re
import subprocess
from pathlib import Path

from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside

REPOSITORY = Path(__file__).parents[3]
_TYPED = re.compile("<!-- the test of this page .*?-->(.*?)<!-- until here -->", re.DOTALL)
_SECONDS_MAX = 240


def typed_lines() -> str:
    """Return what the page tells a reader to type."""
    found = _TYPED.search((REPOSITORY / "sandbox" / "README.md").read_text())
    assert found is not None
    lines = [line for line in found[1].splitlines() if line.startswith("    ")]
    return "\n".join(lines)


def test_what_the_readme_says_to_type_works_as_it_stands(tmp_path: Path) -> None:
    for name in (".venv", ".tools"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    marketplace = InProcessMarketplace()

    with serve_beside(marketplace) as url:
        done = subprocess.run(
            ["/bin/sh", "-eu", "-c", typed_lines()],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SANDBOX_URL": url},
            capture_output=True,
            text=True,
            timeout=_SECONDS_MAX,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert [str(line.quantity) for line in marketplace.bill()] == ["1200"]
    assert "DuplicateRecord" not in done.stdout
    assert marketplace.sales.agreements()[0].status == "CANCELLED"
    assert "2.40" in done.stdout, "the invoice shows 1,200 calls at 0.002 dollars"
