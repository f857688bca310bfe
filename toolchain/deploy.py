"""Run `sam deploy` for `make deploy`: each parameter reaches SAM whole, or is refused before that.

SAM takes a value up to its first blank unless quotes stand around it, and drops the rest without a
word. The environment has DEPLOY_PARAMETERS, `Name=Value` as a shell would split them, and
DEPLOY_ENV, a name of samconfig.toml. The arguments are how to call `sam deploy`; with none, what
the environment says is only checked.
"""

import os
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

from local.stack.built_template import read_built_template
from local.stack.errors import StackError
from local.stack.parameters import check_names, parse_assignments

REPOSITORY = Path(__file__).parents[1]
_REFUSED = 2
_QUOTING = """put a value with blanks in quotes: PARAMETERS='SellerName="Acme, Inc." …'"""


def main(command: list[str]) -> None:
    """Become `sam deploy`; end with a sentence when it would not do as told."""
    try:
        environment = os.environ.get("DEPLOY_ENV", "")
        chosen = _environment_options(environment)
        _check_options(command)
        template = _template_of(environment or "default")
        values = _read_values(os.environ.get("DEPLOY_PARAMETERS", ""), template)
    except StackError as error:
        print(f"deploy: {error}", file=sys.stderr)
        raise SystemExit(_REFUSED) from None
    overrides = [f"{name}={_quoted(value)}" for name, value in values.items()]
    if overrides:
        chosen += ["--parameter-overrides", *overrides]
    if command:
        program, deploy, *options = command
        os.execvp(program, [program, deploy, *chosen, *options])  # noqa: S606


def _check_options(command: list[str]) -> None:
    if any(word.startswith("--parameter-overrides") for word in command):
        raise StackError(f"--parameter-overrides is what PARAMETERS becomes: {_QUOTING}")


def _environment_options(name: str) -> list[str]:
    known = [key for key, value in _samconfig().items() if isinstance(value, dict)]
    if not name:
        return ["--guided"]
    if name not in known:
        raise StackError(f"samconfig.toml has no ENV={name}; it has {', '.join(known)}")
    return ["--config-env", name]


def _template_of(environment: str) -> Path:
    everywhere = _samconfig()[environment].get("global", {}).get("parameters", {})
    name: str = everywhere.get("template_file", "template.yaml")
    return REPOSITORY / name


def _samconfig() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "samconfig.toml").read_text())


def _read_values(text: str, template: Path) -> dict[str, str]:
    try:
        values = parse_assignments(shlex.split(text))
    except ValueError as error:
        raise StackError(f"PARAMETERS cannot be read ({error}); {_QUOTING}") from None
    except StackError as error:
        raise StackError(f"{error}; {_QUOTING}") from None
    check_names(read_built_template(template).parameter_names(), values)
    for name, value in values.items():
        if "\\" in value:
            raise StackError(f"{name} has a backslash, which SAM would not pass on")
        # SAM's other form of a whole parameter: it would set that one, and not `name`.
        if "ParameterKey=" in value:
            raise StackError(f"{name} has ParameterKey=, which SAM reads as another parameter")
    return values


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '\\"') + '"'


if __name__ == "__main__":
    main(sys.argv[1:])
