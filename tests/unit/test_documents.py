"""What documents name exists."""

import re
from importlib import import_module

import pytest

from tests.unit.repository import PACKAGE, REPOSITORY, texts

_PARTS = "domain|use_cases|ports|adapters|web|runtime"
_DOTTED = re.compile(rf"`(?:meterhouse\.)?((?:{_PARTS})\.[a-z_.]+[A-Za-z_]*)`")
_PATH = re.compile(rf"`((?:{_PARTS})/[\w/]+\.py)`")
# Decisions tell of their day.
DOCUMENTS = sorted(
    name for name in texts() if name.endswith(".md") and not name.startswith("docs/adr/")
)


def exists(dotted: str) -> bool:
    """Tell whether there is such a module, or such a name in a module."""
    try:
        import_module(f"meterhouse.{dotted}")
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return "." in module and exists(module) and hasattr(_module(module), name)
    return True


def _module(dotted: str) -> object:
    return import_module(f"meterhouse.{dotted}")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_part_of_the_package_that_a_document_names_is_there(name: str) -> None:
    text = texts()[name]
    missing = [dotted for dotted in _DOTTED.findall(text) if not exists(dotted)]
    missing += [path for path in _PATH.findall(text) if not (PACKAGE / path).is_file()]

    assert missing == []


@pytest.mark.parametrize("name", [one for one in DOCUMENTS if one != "CHANGELOG.md"])
def test_every_link_between_documents_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", texts()[name])
    folder = (REPOSITORY / name).parent

    assert [link for link in links if not (folder / link).exists()] == []


def test_a_name_that_is_gone_would_be_noticed() -> None:
    assert exists("domain.records.step_when_due")
    assert exists("domain.records.step_when_due.LEASE")
    assert not exists("domain.records.step_when_late")
    assert _DOTTED.findall("`domain.keys.log_of` `use_cases.x`") == [
        "domain.keys.log_of",
        "use_cases.x",
    ]
