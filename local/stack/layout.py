"""Where the local stack keeps its files, and which files of the repository it uses."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT_TEMPLATE = REPOSITORY / ".aws-sam" / "build" / "template.yaml"
DEFAULT_DIRECTORY = REPOSITORY / ".local"


@dataclass(frozen=True, slots=True)
class StackFiles:
    """The files of one local stack, all inside one directory."""

    directory: Path

    @property
    def addresses(self) -> Path:
        """The shell assignments that lead to the running stack."""
        return self.directory / "stack.env"

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
