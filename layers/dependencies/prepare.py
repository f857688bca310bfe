# ruff: noqa: INP001 - a script, run by its path
"""Compile the packages' regular expressions at the layer's build; called by the Makefile beside it.

A start compiles some eighty, of which those of urllib3 alone take as long as fifteen modules.
`meterhouse.starting` takes what is kept here instead. An expression that is not found, or any if
another Python made it, is compiled as ever.
"""

# Whatever is imported here is compiled before anything is kept.
import re
import runpy
import sys
from typing import Any

COMPILER: Any = re._compiler  # type: ignore[attr-defined] # noqa: SLF001
TEXT = '''"""Regular expressions as Python {version} compiled them: see meterhouse.starting."""

MAGIC = {magic}
PATTERNS = {patterns!r}
'''


class Recorder:
    """Stands for the module that makes patterns, and keeps what it was given for each."""

    def __init__(self) -> None:
        self.patterns: dict[tuple[str | bytes, int], tuple[object, ...]] = {}
        self._parts: tuple[object, ...] = ()
        self._module, self._compile = COMPILER._sre, COMPILER.compile  # noqa: SLF001

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        return getattr(self._module, name)

    def compile(self, pattern: Any, flags: int, code: list[int], *others: Any) -> Any:  # noqa: ANN401
        """Make a pattern, as `re` asks for it."""
        groups, names, indices = others
        self._parts = int(flags), tuple(map(int, code)), groups, dict(names), indices
        return self._module.compile(pattern, flags, code, *others)

    def compile_pattern(self, pattern: str | bytes, flags: int = 0) -> Any:  # noqa: ANN401
        """Compile what is not yet known, as `re` asks for it."""
        made = self._compile(pattern, flags)
        self.patterns[pattern, int(flags)] = self._parts
        return made


def patterns_of_a_start() -> dict[tuple[str | bytes, int], tuple[object, ...]]:
    """Import what functions import, and make a client of each service."""
    recorder = Recorder()
    COMPILER._sre, COMPILER.compile = recorder, recorder.compile_pattern  # noqa: SLF001
    import aws_lambda_powertools  # noqa: F401, PLC0415 - for its patterns alone
    from botocore.session import Session  # noqa: PLC0415

    for service in sorted(runpy.run_path("trim.py")["SERVICES"]):
        Session().create_client(service, region_name="us-east-1")
    return recorder.patterns


def main(packages: str) -> None:
    """Write a module; fail if patterns are made in another way."""
    sys.path.insert(0, packages)
    patterns = patterns_of_a_start()
    if not patterns:
        raise SystemExit("no pattern was compiled")
    version = ".".join(map(str, sys.version_info[:2]))
    text = TEXT.format(version=version, magic=COMPILER.MAGIC, patterns=patterns)
    with open(f"{packages}/compiled_patterns.py", "w") as file:  # noqa: PTH123 - see above
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1])
