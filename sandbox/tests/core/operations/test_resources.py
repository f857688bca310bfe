"""What is launched in buyers' accounts, and the public keys that sellers of containers hold."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import Delivery
from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
from marketplace_sandbox.core.model.signing import SIGNING_KEYS_MAX, add_key
from marketplace_sandbox.core.operations.resources import PLATFORMS_OF, RESOURCES_MAX
from tests.builders import ACCOUNT, NOON_AT
from tests.estate import Estate


@pytest.fixture
def estate() -> Estate:
    return Estate()


def test_each_resource_has_temporary_keys_of_its_own(estate: Estate) -> None:
    one, other = estate.launch(), estate.launch()
    assert one.access_key_id.startswith("ASIA")
    assert (len(one.access_key_id), len(one.secret_access_key)) == (20, 40)
    for name in ("resource_id", "access_key_id", "secret_access_key", "session_token"):
        assert getattr(one, name) != getattr(other, name)
    assert estate.marketplace.desks.resources.resources() == (one, other)


def test_secrets_are_not_shown_by_chance(estate: Estate) -> None:
    resource = estate.launch()
    assert resource.secret_access_key not in repr(resource)
    assert resource.session_token not in repr(resource)


@pytest.mark.parametrize(
    ("platform", "prefix"),
    [
        (Platform.EC2, "i-"),
        (Platform.ECS, "task-"),
        (Platform.EKS, "pod-"),
        (Platform.AGENTCORE, "session-"),
    ],
)
def test_an_id_says_what_it_is_of(estate: Estate, platform: Platform, prefix: str) -> None:
    assert estate.launch(platform).resource_id.startswith(prefix)


def test_a_buyer_need_not_be_subscribed_to_launch(estate: Estate) -> None:
    assert estate.launch(account="777788889999").account_id == "777788889999"


@pytest.mark.parametrize(
    ("product_code", "platform"),
    [
        ("ami", Platform.ECS),
        ("ami", Platform.AGENTCORE),
        ("container", Platform.EC2),
        ("agentcore", Platform.EKS),
        ("saas", Platform.EC2),
    ],
)
def test_a_product_runs_only_where_its_delivery_puts_it(
    estate: Estate, product_code: str, platform: Platform
) -> None:
    estate.marketplace.create_product(code="saas")
    with pytest.raises(ControlError, match="runs on"):
        estate.marketplace.desks.resources.launch(product_code, ACCOUNT, platform)
    assert estate.marketplace.desks.resources.resources() == ()


@pytest.mark.parametrize(
    "changed", [{"account_id": "12345"}, {"account_id": "x" * 12}, {"region": "Paris"}]
)
def test_a_launch_needs_an_account_and_a_region(estate: Estate, changed: dict[str, Any]) -> None:
    command = {"account_id": ACCOUNT, "platform": Platform.EC2, "region": "eu-west-1"}
    with pytest.raises(ControlError) as caught:
        estate.marketplace.desks.resources.launch("ami", **command | changed)
    assert caught.value.problem is ControlProblem.INVALID


def test_a_platform_may_be_given_by_its_name(estate: Estate) -> None:
    launched = estate.marketplace.desks.resources.launch("container", ACCOUNT, "eks")
    assert launched.platform is Platform.EKS
    with pytest.raises(ControlError, match="one of ec2, ecs, eks, agentcore"):
        estate.marketplace.desks.resources.launch("container", ACCOUNT, "lambda")


def test_an_unknown_product_cannot_be_launched(estate: Estate) -> None:
    with pytest.raises(ControlError, match="no product"):
        estate.marketplace.desks.resources.launch("nothing", ACCOUNT, Platform.EC2)


def test_there_is_a_limit_to_how_many_resources_are_kept(estate: Estate) -> None:
    resource = estate.launch()
    with estate.marketplace.step() as step:
        step.state.resources |= {str(number): resource for number in range(RESOURCES_MAX - 1)}
    with pytest.raises(ControlError, match="limit"):
        estate.launch()


def test_a_resource_stops_once_and_stays_on_the_list(estate: Estate) -> None:
    resource = estate.launch()
    estate.pass_time(hours=1)
    stopped = estate.marketplace.desks.resources.stop(resource.resource_id)
    assert stopped.stopped_at == estate.now
    assert estate.marketplace.desks.resources.resource(resource.resource_id) == stopped
    with pytest.raises(ControlError, match="has stopped") as caught:
        estate.marketplace.desks.resources.stop(resource.resource_id)
    assert caught.value.problem is ControlProblem.CONFLICT


def test_what_was_never_launched_cannot_be_stopped(estate: Estate) -> None:
    with pytest.raises(ControlError) as caught:
        estate.marketplace.desks.resources.stop("i-nothing")
    assert caught.value.problem is ControlProblem.NOT_FOUND


def test_only_containers_need_a_key_and_the_first_one_makes_it(estate: Estate) -> None:
    estate.launch(Platform.EC2)
    with estate.marketplace.step() as step:
        assert step.state.signing_keys == ()
    estate.launch(Platform.ECS)
    estate.launch(Platform.EKS)
    with estate.marketplace.step() as step:
        (key,) = step.state.signing_keys
    assert key.private_pem not in repr(key)


def test_a_public_key_is_an_rsa_key_in_pem(estate: Estate) -> None:
    pem = estate.marketplace.desks.resources.public_key()
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    public = load_pem_public_key(pem.encode("ascii"))
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 2048


def test_rotating_makes_a_new_current_version_and_keeps_the_old_ones(estate: Estate) -> None:
    desk = estate.marketplace.desks.resources
    first = desk.public_key()
    estate.pass_time(hours=1)
    second = desk.rotate_public_key()
    assert (second.version, second.rotated_at) == (2, None)
    assert desk.public_key() == desk.public_key(2) == second.pem
    assert desk.public_key(1) == first != second.pem
    assert [key.rotated_at for key in desk.public_keys()] == [estate.now, None]


def test_looking_for_keys_makes_none(estate: Estate) -> None:
    assert estate.marketplace.desks.resources.public_keys() == ()
    with pytest.raises(ControlError):
        estate.marketplace.desks.resources.launch("nothing", ACCOUNT, Platform.ECS)
    with estate.marketplace.step() as step:
        assert step.state.signing_keys == ()


def test_each_of_two_who_rotate_at_once_gets_a_version_of_his_own(estate: Estate) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(lambda _: estate.marketplace.desks.resources.rotate_public_key(), range(4))
        )
    assert sorted(key.version for key in made) == [1, 2, 3, 4]
    assert len({key.pem for key in made}) == 4


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_does_not_exist_is_not_found(estate: Estate, version: int) -> None:
    with pytest.raises(ControlError, match="no key"):
        estate.marketplace.desks.resources.public_key(version)


def test_there_is_a_limit_to_how_many_keys_are_kept() -> None:
    keys = add_key((), private_pem="private", public_pem="public", at=NOON_AT)
    for _ in range(SIGNING_KEYS_MAX - 1):
        keys = add_key(keys, private_pem="private", public_pem="public", at=NOON_AT)
    with pytest.raises(ControlError, match="limit"):
        add_key(keys, private_pem="private", public_pem="public", at=NOON_AT)


def test_no_delivery_is_forgotten() -> None:
    assert PLATFORMS_OF.keys() == set(Delivery)
