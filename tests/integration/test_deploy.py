"""`make deploy` as far as SAM: what was typed is what SAM reads, or nothing is deployed."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SAM_PYTHON = REPOSITORY / ".tools/sam/bin/python"
# What a make that runs the tests would hand on to the one that a test runs.
OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "OPTIONS"}
# Stands in for SAM: writes down how it was called, and reads parameters as SAM does.
SAM = f"""\
#!{SAM_PYTHON}
import json, os, sys
from samcli.cli.types import CfnParameterOverridesType
arguments = sys.argv[1:]
if arguments[0] == "deploy":
    parameters = {{}}
    if "--parameter-overrides" in arguments:
        place = arguments.index("--parameter-overrides")
        given = [text for text in arguments[place + 1 :] if not text.startswith("-")]
        parameters = CfnParameterOverridesType().convert(tuple(given), None, None)
    with open(os.environ["SAID"], "w") as said:
        json.dump({{"arguments": arguments, "parameters": parameters}}, said)
"""


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    program = tmp_path / "sam"
    program.write_text(SAM)
    program.chmod(0o755)
    return program


def deploy(sam: Path, *words: str) -> tuple[dict[str, object] | None, str]:
    """Type a `make deploy`; return how SAM was called, and what was said."""
    said = sam.with_name("said.json")
    said.unlink(missing_ok=True)
    done = subprocess.run(
        ["make", "--silent", "deploy", f"SAM={sam}", *words],  # noqa: S607
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if name not in OF_MAKE}
        | {"SAID": str(said)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == said.exists(), done.stderr
    return json.loads(said.read_text()) if said.exists() else None, done.stderr


@pytest.mark.artefact
def test_every_value_reaches_sam_whole(sam: Path) -> None:
    values = {
        "SellerName": """Acme "Software", Inc. (O'Brien & Söhne) $HOME `id` $(id) #1; a=b|c>d *""",
        "SupportContact": "help@example.com",
        "SignupUrl": "https://example.com/s?a=1&b=2",
        "AlarmEmail": "",
        "KmsKeyArn": "  two  blanks ",
    }
    text = " ".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
    call, said = deploy(sam, "ENV=prod", f"PARAMETERS={text}", "OPTIONS=-x '--tags=a=$5 $(id)'")
    assert call is not None, said
    assert call["parameters"] == values
    assert call["arguments"][:3] == ["deploy", "--config-env", "prod"]  # type: ignore[index]
    assert call["arguments"][-2:] == ["-x", "--tags=a=$5 $(id)"]  # type: ignore[index]


@pytest.mark.artefact
def test_without_an_environment_sam_asks(sam: Path) -> None:
    call, _ = deploy(sam)
    assert call == {"arguments": ["deploy", "--guided"], "parameters": {}}


@pytest.mark.artefact
def test_the_stack_that_forwards_events_has_parameters_of_its_own(sam: Path) -> None:
    call, said = deploy(sam, "ENV=events", "PARAMETERS=MainRegion=eu-central-1")
    assert call is not None, said
    assert call["parameters"] == {"MainRegion": "eu-central-1"}
    assert call["arguments"][:3] == ["deploy", "--config-env", "events"]  # type: ignore[index]


@pytest.mark.artefact
def test_the_role_of_the_publishing_account_has_parameters_of_its_own(sam: Path) -> None:
    call, said = deploy(sam, "ENV=role", "PARAMETERS=MainAccount=111122223333 ExternalId=stack:7")
    assert call is not None, said
    assert call["parameters"] == {"MainAccount": "111122223333", "ExternalId": "stack:7"}
    assert call["arguments"][:3] == ["deploy", "--config-env", "role"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["PARAMETERS=SellerName=Acme Software, Inc."], "not as 'Software,'; put a value with"),
        (['PARAMETERS=SellerName="Acme'], "No closing quotation); put a value with blanks"),
        (["PARAMETERS=SellerNames=Acme"], "no parameter SellerNames; it has AccentColour, "),
        (["PARAMETERS=LogLevel=INFO LogLevel=WARN"], "LogLevel is given twice"),
        (["PARAMETERS=SellerName='Acme\\'"], "SellerName has a backslash"),
        (["PARAMETERS=SellerName='a ParameterKey=b,ParameterValue=c'"], "has ParameterKey="),
        (
            ["ENV=qa"],
            "samconfig.toml has no ENV=qa; it has default, staging, prod, events, firewall, role",
        ),
        (
            ["ENV=events", "PARAMETERS=SellerName=Acme"],
            "no parameter SellerName; it has AlarmEmail",
        ),
        (["ENV=prod", "PARAMETERS=MainRegion=eu-central-1"], "no parameter MainRegion; it has"),
        (["ENV=version"], "no ENV=version"),
        (["OPTIONS=--parameter-overrides LogLevel=WARN"], "is what PARAMETERS becomes"),
    ],
)
def test_what_sam_would_not_take_as_it_was_meant_is_refused(
    sam: Path, words: list[str], sentence: str
) -> None:
    call, said = deploy(sam, *words)
    assert call is None
    assert sentence in said
