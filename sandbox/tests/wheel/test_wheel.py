"""The sandbox as a stranger has it: installed from its wheels, without this checkout."""

import re
from pathlib import Path

import httpx
import pytest

from tests.served.serving import serving
from tests.typed_pages import (
    AWS_CLI,
    CHECKOUT,
    README,
    code_under,
    path_without_checkout,
    shell_lines,
    type_in_shell,
)
from tests.wheel.building import (
    VERSIONS,
    Installation,
    build_wheels,
    find_interpreter,
    install,
)

pytestmark = pytest.mark.wheel

WHERE = """
import marketplace_sandbox, sys
print(".".join(map(str, sys.version_info[:2])))
print(marketplace_sandbox.__file__)
"""
FILES_BESIDE_THE_CODE = ("/", "/bill", "/console.css", "/_sandbox/docs")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build_wheels(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module", params=VERSIONS)
def installed(
    request: pytest.FixtureRequest, wheels: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    version: str = request.param
    interpreter = find_interpreter(version)
    if interpreter is None:
        pytest.skip(f"this machine has no CPython {version}")
    folder = tmp_path_factory.mktemp(f"python{version}-")
    return install(wheels, version, interpreter, folder=folder)


def test_this_machine_has_an_interpreter_to_install_it_for() -> None:
    assert [version for version in VERSIONS if find_interpreter(version)] != []


def test_what_is_imported_lies_in_the_environment(installed: Installation) -> None:
    version, module = installed.run(installed.python, "-c", WHERE).splitlines()
    command = Path(installed.run("/bin/sh", "-c", "command -v sandbox").strip())

    assert version == installed.version
    assert Path(module).is_relative_to(installed.environment / "lib")
    assert command == installed.programs / "sandbox"
    assert not installed.environment.is_relative_to(CHECKOUT)


def test_what_the_readme_says_to_type_works_as_it_stands(installed: Installation) -> None:
    with (
        serving(command=installed.command) as (_, url),
        httpx.Client(base_url=url) as client,
    ):
        done = type_in_shell(
            shell_lines(README),
            folder=installed.folder,
            path=path_without_checkout(installed.programs, AWS_CLI),
            SANDBOX_URL=url,
        )
        bill = client.get("/_sandbox/bill").json()["records"]
        agreements = client.get("/_sandbox/agreements").json()["agreements"]
        described = client.get("/_sandbox/docs").text
        scripts = re.findall(r'<script src="([^"]+)"', described)
        pages = [client.get(path).status_code for path in (*FILES_BESIDE_THE_CODE, *scripts)]

    assert done.returncode == 0, done.stderr
    assert [line["quantity"] for line in bill] == ["1200"]
    assert "DuplicateRecord" not in done.stdout
    assert [one["status"] for one in agreements] == ["CANCELLED"]
    assert "2.40" in done.stdout, "the invoice shows 1,200 calls at 0.002 dollars"
    assert scripts, "the page about the API has scripts of its own"
    assert set(pages) == {200}, "templates, style and scripts are installed"


def test_the_test_that_the_readme_shows_needs_nothing_but_the_install(
    installed: Installation,
) -> None:
    test = installed.folder / "test_usage.py"
    test.write_text(code_under(README, "In a test"))

    said = installed.run(installed.programs / "pytest", "-q", "-p", "no:cacheprovider", test.name)

    assert "2 passed" in said
