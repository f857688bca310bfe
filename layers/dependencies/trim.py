# ruff: noqa: INP001 - a script, run by its path
"""Remove from installed packages what never runs in Lambda; called by the Makefile beside it.

botocore describes every AWS service in data files, over 20 MB in all, of which the functions read
six. A service that is missing here fails at the first use of its client, so a test of the
artefact makes a client of each, and a new adapter adds its service to `SERVICES`. What is left is
read at every cold start: it loses its prose, its compression, and the endpoints of other services.
So do modules that every start imports for what a function never does.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVICES = frozenset(
    {
        "dynamodb",
        "events",
        "lambda",
        "marketplace-agreement",
        "marketplace-entitlement",
        "meteringmarketplace",
        "sesv2",
        "sqs",
        "sts",
    }
)
# Read by botocore whatever the service is: endpoints, partitions, retry rules, default modes.
SHARED_DATA = frozenset(
    {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
)
# Amazon Inspector learns from METADATA which versions a layer holds; licences travel with the code.
KEPT_METADATA = ("METADATA", "LICENSE*", "NOTICE*", "licenses")
# Console scripts, caches of another interpreter, type stubs, and the assets of an API browser.
UNUSED = (
    "bin",
    ".lock",
    "**/__pycache__",
    "**/*.pyi",
    "**/py.typed",
    "botocore/data/*/*/examples-1.json",
    "botocore/docs/*/",
    "botocore/docs/[!_du]*.py",
    "urllib3/http2/connection.py",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",
)
# Clients give their methods the texts of `help()`, for which botocore imports an HTML parser and
# all that writes its reference; urllib3 imports what reads installed packages, and zip files with
# it, for a protocol that botocore does not speak. Kept are the names that are imported.
_NOTICE = "# Changed by layers/dependencies/trim.py: what only help() or HTTP/2 needs is gone.\n"
REWRITTEN = {
    "botocore/docs/__init__.py": _NOTICE,
    "botocore/docs/docstring.py": f"""{_NOTICE}
class NoDocstring(str):
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)


ClientMethodDocstring = PaginatorDocstring = WaiterDocstring = NoDocstring
""",
    "urllib3/http2/__init__.py": _NOTICE,
}


def find_surplus(packages: Path) -> Iterator[Path]:
    """Yield files and folders below `packages` that no function reads."""
    for pattern in UNUSED:
        yield from packages.glob(pattern)
    for entry in (packages / "botocore" / "data").iterdir():
        if entry.name not in SERVICES | SHARED_DATA:
            yield entry
    for entry in packages.glob("*.dist-info/*"):
        if not any(entry.match(pattern) for pattern in KEPT_METADATA):
            yield entry


def remove(entry: Path) -> None:
    """Delete a file or a whole folder; one that went with its folder is no error."""
    if entry.is_dir():
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)


def rewrite(packages: Path) -> None:
    """Replace modules of which a start needs the names alone; fail where they are no more."""
    gone = [name for name in REWRITTEN if not (packages / name).is_file()]
    if gone:
        raise SystemExit(f"no such module any more, look at REWRITTEN: {', '.join(gone)}")
    for name, text in REWRITTEN.items():
        (packages / name).write_text(text)


def without_prose(model: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a service's model with every documentation text empty; a member may have that name."""
    match model:
        case {"documentation": str(), **others}:
            return {"documentation": "", **without_prose(others)}
        case dict():
            return {name: without_prose(value) for name, value in model.items()}
        case list():
            return [without_prose(value) for value in model]
        case _:
            return model


def shorten(data: Path) -> None:
    """Rewrite what describes services so that it is read faster and says the same."""
    prefixes = set()
    for packed in data.glob("*/*/*.json.gz"):
        model = json.loads(gzip.decompress(packed.read_bytes()))
        prefixes.add(model.get("metadata", {}).get("endpointPrefix"))
        packed.with_suffix("").write_text(json.dumps(without_prose(model), separators=(",", ":")))
        packed.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"].items()
        partition["services"] = {name: of_name for name, of_name in services if name in prefixes}
    (data / "endpoints.json").write_text(json.dumps(endpoints, separators=(",", ":")))


def main(packages: Path) -> None:
    """Trim `packages` in place and fail when a service that the functions call is not there."""
    for entry in list(find_surplus(packages)):
        remove(entry)
    rewrite(packages)
    data = packages / "botocore" / "data"
    missing = [name for name in sorted(SERVICES) if not (data / name).is_dir()]
    if missing:
        raise SystemExit(f"botocore describes no service named {', '.join(missing)}")
    shorten(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
