"""The SDK for JavaScript is locked like everything else: exactly, by hash, from no one place."""

import json
from typing import Any

from tests.unit.repository import REPOSITORY

FOLDER = REPOSITORY / "toolchain" / "javascript"


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return document


def test_each_package_is_pinned_to_the_version_that_is_locked() -> None:
    pinned = read("package.json")["dependencies"]
    locked = read("package-lock.json")["packages"]

    assert pinned
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pinned} == pinned


def test_every_locked_package_has_a_hash_and_names_no_place_to_get_it() -> None:
    packages = read("package-lock.json")["packages"]
    locked = {name: package for name, package in packages.items() if name}

    assert all(package["integrity"].startswith("sha512-") for package in locked.values())
    assert [name for name, package in locked.items() if "resolved" in package] == []


def test_no_locked_package_runs_a_program_when_it_is_installed() -> None:
    packages = read("package-lock.json")["packages"]

    assert [name for name, package in packages.items() if package.get("hasInstallScript")] == []
