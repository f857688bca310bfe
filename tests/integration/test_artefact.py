"""The built application: complete without anything else, and nothing in it that does not run."""

import importlib.util
import marshal
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.artefact import (
    REPOSITORY,
    SOURCES,
    environment,
    function_folder,
    layer_folders,
)
from layers.dependencies.trim import SERVICES

pytestmark = pytest.mark.artefact

PACKAGE = REPOSITORY / "layers/meterhouse/python"
UNPACKED_BYTES_MAX = 20_000_000
PYC_HEADER_BYTES = 16
OUT_OF_DATE = "the artefact is not what the sources say: run `make build`"
UNCHECKED_HASH = 0b01
# Imports the handler, makes a client of each service, and names what came from elsewhere. This
# interpreter has no site-packages (-I -S), only the artefact and the standard library.
PROBE = """
import sys
standard = [entry for entry in sys.path if entry]
sys.path[:0] = artefact = sys.argv[2:]
import app
from meterhouse.runtime import clients
assert callable(app.lambda_handler)
for service in sys.argv[1].split(","):
    clients.session().create_client(service)
for name, module in sorted(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if file and not file.startswith((*artefact, *standard)):
        print(name, file)
"""


def run_probe(function: str, path: list[Path]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-BIS", "-W", "error", "-c", PROBE, ",".join(sorted(SERVICES))]
    return subprocess.run(
        [*command, *map(str, path)],
        env=environment(function),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def layer_files(pattern: str) -> list[Path]:
    return [file for folder in layer_folders() for file in folder.rglob(pattern)]


@pytest.mark.parametrize("function", SOURCES)
def test_a_built_handler_imports_from_the_artefact_alone(function: str) -> None:
    result = run_probe(function, [function_folder(function), *layer_folders()])

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("missing", [0, 1])
def test_a_built_handler_does_not_import_without_each_layer(missing: int) -> None:
    layers = layer_folders()
    layers.pop(missing)

    result = run_probe(
        "RegisterCustomerFunction", [*layers, function_folder("RegisterCustomerFunction")]
    )

    assert "ModuleNotFoundError" in result.stderr


@pytest.mark.parametrize("function", SOURCES)
def test_a_function_ships_its_handler_as_it_stands_in_the_source_and_nothing_else(
    function: str,
) -> None:
    (file,) = function_folder(function).iterdir()

    assert file.name == "app.py"
    assert file.read_text() == (SOURCES[function] / "app.py").read_text(), OUT_OF_DATE


def test_the_package_ships_as_it_stands_in_the_source_and_nothing_else() -> None:
    built = layer_folders()[0]
    sources = {
        file.relative_to(PACKAGE): file.read_bytes()
        for file in PACKAGE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    shipped = {
        file.relative_to(built): file.read_bytes()
        for file in built.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert shipped == sources, OUT_OF_DATE


def test_every_module_has_byte_code_that_this_runtime_takes_without_a_check() -> None:
    sources = layer_files("*.py")

    assert sources
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(source)).read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER, source
        assert int.from_bytes(compiled[4:8], "little") == UNCHECKED_HASH, source
    assert len(layer_files("*.pyc")) == len(sources)


def test_a_traceback_names_files_where_lambda_has_them() -> None:
    built = layer_folders()[0]
    compiled = Path(importlib.util.cache_from_source(built / "meterhouse" / "errors.py"))
    code = marshal.loads(compiled.read_bytes()[PYC_HEADER_BYTES:])  # noqa: S302 - our own

    assert code.co_filename == "/opt/python/meterhouse/errors.py"


def test_the_artefact_describes_exactly_the_services_that_the_code_calls() -> None:
    called = {
        service
        for module in PACKAGE.rglob("*.py")
        for service in re.findall(r"""\b_client\(\s*"([\w-]+)""", module.read_text())
    }
    described = {
        entry.name for entry in (layer_folders()[1] / "botocore/data").iterdir() if entry.is_dir()
    }

    assert called == SERVICES == described


def test_the_artefact_is_pure_python_so_that_it_runs_on_either_processor() -> None:
    assert not [file for suffix in ("*.so", "*.so.*", "*.pyd") for file in layer_files(suffix)]


def test_the_artefact_holds_no_tests_scripts_or_records_of_the_installer() -> None:
    assert not [folder for name in ("tests", "bin") for folder in layer_files(name)]
    assert not [
        file for name in ("RECORD", "INSTALLER", "direct_url.json") for file in layer_files(name)
    ]


def test_the_artefact_names_the_versions_that_are_locked() -> None:
    requirements = REPOSITORY / "layers/dependencies/requirements.txt"
    locked = set(re.findall(r"^([\w.-]+==[\w.]+)", requirements.read_text(), re.MULTILINE))
    shipped = set()
    for metadata in layer_files("METADATA"):
        fields = dict(re.findall(r"^(Name|Version): (.+)$", metadata.read_text(), re.MULTILINE))
        shipped.add(f"{fields['Name'].lower().replace('_', '-')}=={fields['Version']}")

    assert shipped == locked


def test_the_layers_stay_small() -> None:
    total_bytes = sum(file.stat().st_size for file in layer_files("*") if file.is_file())

    assert total_bytes < UNPACKED_BYTES_MAX
