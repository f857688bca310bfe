"""The shortened descriptions of AWS's services say what botocore's own say."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver

from bench.artefact import layer_folders
from layers.dependencies.trim import SERVICES

pytestmark = pytest.mark.artefact

WHOLE = Loader()
RULES = "endpoint-rule-set-1"
ENDPOINTS = WHOLE.load_data("endpoints")


@pytest.fixture
def shortened() -> Loader:
    folder = layer_folders()[1] / "botocore" / "data"
    return Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)


def without_prose(value: Any) -> Any:
    """Leave every documentation text out."""
    match value:
        case dict():
            return {
                name: without_prose(inner)
                for name, inner in value.items()
                if not (name == "documentation" and isinstance(inner, str))
            }
        case list():
            return [without_prose(inner) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize("kind", ["service-2", RULES])
def test_a_service_is_described_as_by_botocore_but_for_the_prose(
    shortened: Loader, service: str, kind: str
) -> None:
    whole = WHOLE.load_service_model(service, kind)
    short = shortened.load_service_model(service, kind)

    assert without_prose(short) == without_prose(whole)
    assert len(str(short)) < len(str(whole))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_is_found_in_every_region_where_botocore_finds_it(
    shortened: Loader, service: str
) -> None:
    prefix = ServiceModel(WHOLE.load_service_model(service, "service-2")).endpoint_prefix
    resolvers = [EndpointResolver(data) for data in (shortened.load_data("endpoints"), ENDPOINTS)]

    for partition in ENDPOINTS["partitions"]:
        for region in (*partition["regions"], "a-new-region-1"):
            found, expected = (one.construct_endpoint(prefix, region) for one in resolvers)
            assert found == expected
        name = partition["partition"]
        known, wanted = (one.get_available_endpoints(prefix, name) for one in resolvers)
        assert known == wanted
