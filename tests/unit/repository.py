"""The files of this repository as its own rules see them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "layers" / "meterhouse" / "python" / "meterhouse"
PACKAGE_PREFIX = f"{PACKAGE.relative_to(REPOSITORY)}/"
# Written by tools, so house rules do not speak of them.
GENERATED = frozenset({"uv.lock", "layers/dependencies/requirements.txt", "LICENSE"})


@cache
def files() -> tuple[Path, ...]:
    """List what is, or would be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (REPOSITORY / name for name in listing.stdout.split("\0") if name)
    return tuple(sorted(path for path in set(paths) if path.is_file()))


@cache
def texts() -> dict[str, str]:
    """Map the name of each file that people wrote to its text."""
    found = {}
    for path in files():
        name = str(path.relative_to(REPOSITORY))
        if name not in GENERATED and path.suffix not in {".png", ".svg"}:
            found[name] = path.read_text()
    return found


@cache
def modules() -> dict[str, ast.Module]:
    """Map the name of each Python file to its syntax tree."""
    return {name: ast.parse(text) for name, text in texts().items() if name.endswith(".py")}


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """List what a syntax tree consists of; each is walked through once."""
    return tuple(ast.walk(tree))
