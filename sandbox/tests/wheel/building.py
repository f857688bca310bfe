"""Builds the wheels, and installs them into environments that know nothing of this checkout."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.typed_pages import CHECKOUT, path_without_checkout

VERSIONS = ("3.12", "3.13")
PACKAGE = "marketplace-sandbox"
# What of this repository it needs, which no registry has.
PACKAGES = (PACKAGE, "loopback-console")
UV = CHECKOUT / ".tools" / "bin" / "uv"
_SECONDS_MAX = 300
# With these uv and Python would find what is developed here instead of what was installed.
_ABSENT = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel in it; `folder` is where its user types."""

    version: str
    environment: Path
    folder: Path

    @property
    def programs(self) -> Path:
        return self.environment / "bin"

    @property
    def python(self) -> Path:
        return self.programs / "python"

    @property
    def command(self) -> list[str]:
        """The installed `sandbox`, with nothing in its environment that leads elsewhere."""
        unset = [word for name in _ABSENT for word in ("-u", name)]
        return ["/usr/bin/env", *unset, str(self.programs / "sandbox")]

    def run(self, *command: str | Path) -> str:
        """Run a program of the environment, outside of the checkout; return what it prints."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=_strangers_environment() | {"PATH": path_without_checkout(self.programs)},
            capture_output=True,
            text=True,
            timeout=_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def build_wheels(folder: Path) -> list[Path]:
    """Build the wheels as `make wheel` does."""
    for name in PACKAGES:
        run_uv("build", "--package", name, "--wheel", "--out-dir", folder, folder=CHECKOUT)
    wheels = list(folder.glob("*.whl"))
    assert len(wheels) == len(PACKAGES)
    return wheels


def find_interpreter(version: str) -> Path | None:
    """Find a CPython of this machine; nothing is downloaded."""
    found = subprocess.run(
        [
            *(UV, "python", "find", "--no-project", "--system", "--no-python-downloads"),
            f"cpython@{version}",
        ],
        env=_strangers_environment() | {"PATH": os.pathsep.join(_folders_of_programs())},
        capture_output=True,
        text=True,
        timeout=_SECONDS_MAX,
        check=False,
    )
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def install(wheels: list[Path], version: str, interpreter: Path, *, folder: Path) -> Installation:
    """Install the wheels and pytest, with dependencies as this repository locks them."""
    made = Installation(version, folder / "environment", folder / "elsewhere")
    assert not folder.is_relative_to(CHECKOUT), "a checkout must not be found by its place"
    made.folder.mkdir()
    locked = folder / "locked.txt"
    run_uv("venv", "--python", interpreter, made.environment, folder=folder)
    run_uv(
        *("export", "--frozen", "--package", PACKAGE, "--no-emit-workspace", "--no-hashes"),
        *("--format", "requirements.txt", "--output-file", locked),
        folder=CHECKOUT,
    )
    run_uv(
        *("pip", "install", "--python", made.python, "--constraints", locked),
        *wheels,
        "pytest",
        folder=folder,
    )
    return made


def run_uv(*arguments: str | Path, folder: Path) -> None:
    """Run uv, which says nothing unless it fails."""
    assert UV.exists(), "uv is missing: run `make setup`"
    done = subprocess.run(
        [UV, *arguments, "--quiet", "--no-python-downloads"],
        cwd=folder,
        env=_strangers_environment(),
        capture_output=True,
        text=True,
        timeout=_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _strangers_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _ABSENT}
    # As in the Makefile: behind a proxy only the machine's store knows whom to trust.
    return ({"UV_SYSTEM_CERTS": "1"} if _CERTIFICATES.exists() else {}) | kept


def _folders_of_programs() -> Iterator[str]:
    """List where interpreters lie; pyenv's shims of versions that are not chosen only fail."""
    yield str(UV.parent)
    roots = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
    for name in path_without_checkout().split(os.pathsep):
        if Path(name).name == "shims":
            roots.append(Path(name).parent)
        else:
            yield name
    for root in roots:
        yield from map(str, sorted(root.glob("versions/3.*/bin")))
