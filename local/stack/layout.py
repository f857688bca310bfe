"""Where the local stack keeps its files, and which files of the repository it uses."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT_TEMPLATE = REPOSITORY / ".aws-sam" / "build" / "template.yaml"
DEFAULT_DIRECTORY = REPOSITORY / ".local"
LOOPBACK = "127.0.0.1"  # all that any process of a stack listens on


@dataclass(frozen=True, slots=True)
class StackFiles:
    """The files of one local stack, all inside one directory."""

    directory: Path

    @property
    def addresses(self) -> Path:
        """The shell assignments that lead to the running stack."""
        return self.directory / "stack.env"

    @property
    def ports(self) -> Path:
        """The ports of the last start; they stay when the stack stops."""
        return self.directory / "ports.json"

    @property
    def parameters(self) -> Path:
        """What the template was deployed with beside its defaults."""
        return self.directory / "parameters.json"

    @property
    def lock(self) -> Path:
        """Held while a command starts or stops this stack."""
        return self.directory / "stack.lock"

    @property
    def temporary(self) -> Path:
        """The emulator's private folder for temporary files; removed when the stack stops."""
        return self.directory / "tmp"

    @property
    def functions_log(self) -> Path:
        """What the functions logged, written by `logs` and when the stack stops."""
        return self.directory / "functions.log"

    def pid_file(self, name: str) -> Path:
        """Say where the pid of the named process is kept."""
        return self.directory / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        """Say where the output of the named process goes."""
        return self.directory / f"{name}.log"


def remove_in_background(folder: Path) -> None:
    """Let a folder vanish at once, and its files when the disk gets round to it.

    The functions' code is unpacked for each of them: thousands of files, which take seconds.
    """
    if not folder.exists():
        return
    removed = folder.with_name(f"{folder.name}.removed.{os.getpid()}")
    folder.rename(removed)
    remover = subprocess.Popen(  # noqa: S603 - the folder is ours
        ["rm", "-rf", str(removed)],  # noqa: S607 - POSIX: rm is on the path
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    remover.returncode = 0  # nobody waits for it, and a Popen object would warn about that
