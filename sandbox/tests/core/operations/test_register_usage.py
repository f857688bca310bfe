"""RegisterUsage: a container asks whether it may run, and gets a signature."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.readings import SignatureClaims
from tests.builders import ACCOUNT, code_of
from tests.estate import Estate

OTHER_ACCOUNT = "777788889999"
CONTAINERS = (Platform.ECS, Platform.EKS)


@pytest.fixture
def estate() -> Estate:
    return Estate()


def verified(estate: Estate, answer: dict[str, Any], version: int = 1) -> dict[str, Any]:
    public_pem = estate.marketplace.desks.resources.public_key(version)
    options: Any = {"verify_iat": False}  # the sandbox's time is not the machine's
    return jwt.decode(answer["Signature"], public_pem, algorithms=["PS256"], options=options)


@pytest.mark.parametrize("platform", CONTAINERS)
def test_the_signature_verifies_and_vouches_for_what_was_asked(
    estate: Estate, platform: Platform
) -> None:  # DOC: RSA-PSS with SHA-256 over product code, key version and nonce
    estate.now = datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=UTC)
    answer = estate.register(estate.launch(platform), Nonce="a nonce")
    assert verified(estate, answer) == {
        "productCode": "container",
        "publicKeyVersion": 1,
        "nonce": "a nonce",
        "iat": 1_795_348_800,
    }
    assert jwt.get_unverified_header(answer["Signature"]) == {"alg": "PS256", "typ": "JWT"}
    assert "PublicKeyRotationTimestamp" not in answer


@pytest.mark.parametrize(
    ("reading", "names"),
    [
        (SignatureClaims.CAMEL_CASE, {"productCode", "publicKeyVersion", "nonce", "iat"}),
        (SignatureClaims.PASCAL_CASE, {"ProductCode", "PublicKeyVersion", "Nonce", "iat"}),
    ],
)
def test_the_claims_are_named_as_the_reading_says(
    estate: Estate, reading: SignatureClaims, names: set[str]
) -> None:  # DOC: the guide's program and its text differ
    estate.marketplace.desks.facts.set_reading("signature_claims", reading.value)
    answer = estate.register(estate.launch(Platform.ECS), Nonce="a nonce")
    assert verified(estate, answer).keys() == names


def test_the_signature_verifies_without_a_library_for_tokens(estate: Estate) -> None:  # DOC
    signature = estate.register(estate.launch(Platform.ECS))["Signature"]
    signed, _, encoded = signature.rpartition(".")
    public = load_pem_public_key(estate.marketplace.desks.resources.public_key().encode("ascii"))
    assert isinstance(public, rsa.RSAPublicKey)
    salted = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
    public.verify(jwt.utils.base64url_decode(encoded), signed.encode("ascii"), salted, SHA256())


def test_a_call_without_a_nonce_gets_none_back(estate: Estate) -> None:  # INF
    answer = estate.register(estate.launch(Platform.ECS))
    assert "nonce" not in verified(estate, answer)


@pytest.mark.parametrize("platform", [Platform.EC2, Platform.AGENTCORE])
def test_other_platforms_are_not_supported(
    estate: Estate, platform: Platform
) -> None:  # MODEL: ECS, EKS and Fargate are
    resource = estate.launch(platform)
    assert code_of(lambda: estate.register(resource)) == "PlatformNotSupportedException"


@pytest.mark.parametrize("account_id", [None, ACCOUNT])
def test_the_seller_and_a_buyer_with_long_term_keys_run_on_no_platform(
    estate: Estate, account_id: str | None
) -> None:
    caller = estate.marketplace.as_caller(account_id=account_id)
    assert (
        code_of(lambda: caller.register_usage(ProductCode="container", PublicKeyVersion=1))
        == "PlatformNotSupportedException"
    )


def test_the_region_must_be_the_one_of_the_task(estate: Estate) -> None:  # MODEL
    task = estate.launch(Platform.ECS, region="eu-west-1")
    assert code_of(lambda: estate.register(task, region="us-east-1")) == "InvalidRegionException"
    estate.register(task)


@pytest.mark.parametrize("product_code", ["ami", "nothing"])
def test_the_product_code_must_be_the_one_of_what_runs(
    estate: Estate, product_code: str
) -> None:  # MODEL
    task = estate.launch(Platform.ECS)
    assert (
        code_of(lambda: estate.register(task, ProductCode=product_code))
        == "InvalidProductCodeException"
    )


def test_a_version_of_the_public_key_that_does_not_exist_is_invalid(
    estate: Estate,
) -> None:  # MODEL
    task = estate.launch(Platform.ECS)
    assert (
        code_of(lambda: estate.register(task, PublicKeyVersion=2))
        == "InvalidPublicKeyVersionException"
    )


def test_an_expired_version_still_signs_and_says_since_when_it_has_expired(
    estate: Estate,
) -> None:  # MODEL: the timestamp is only included when the version has expired
    task = estate.launch(Platform.ECS)
    estate.pass_time(hours=1)
    rotated = estate.marketplace.desks.resources.rotate_public_key()
    assert rotated.version == 2
    rotated_at = estate.now
    estate.pass_time(hours=1)
    old = estate.register(task)
    assert old["PublicKeyRotationTimestamp"] == rotated_at
    assert verified(estate, old)["publicKeyVersion"] == 1
    new = estate.register(task, PublicKeyVersion=2)
    assert "PublicKeyRotationTimestamp" not in new
    assert verified(estate, new, version=2)["publicKeyVersion"] == 2
    with pytest.raises(jwt.InvalidSignatureError):
        verified(estate, old, version=2)


def test_the_initial_call_without_a_subscription_is_refused(estate: Estate) -> None:  # MODEL
    task = estate.launch(Platform.ECS, account=OTHER_ACCOUNT)
    assert code_of(lambda: estate.register(task)) == "CustomerNotEntitledException"
    estate.marketplace.create_agreement("container", customer_aws_account_id=OTHER_ACCOUNT)
    estate.register(task)


def test_later_calls_of_a_registered_task_succeed_after_the_buyer_has_unsubscribed(
    estate: Estate,
) -> None:  # MODEL
    task = estate.launch(Platform.ECS)
    estate.register(task)
    estate.unsubscribe("container")
    estate.pass_time(days=1)
    estate.register(task)
    newcomer = estate.launch(Platform.ECS)
    assert code_of(lambda: estate.register(newcomer)) == "CustomerNotEntitledException"


def test_the_hour_for_the_last_records_lets_no_new_container_in(estate: Estate) -> None:  # INF
    estate.unsubscribe("container")
    task = estate.launch(Platform.ECS)
    assert code_of(lambda: estate.register(task)) == "CustomerNotEntitledException"


def test_the_container_of_a_suspended_account_is_not_entitled(estate: Estate) -> None:
    task = estate.launch(Platform.ECS)
    with estate.marketplace.step() as step:
        step.state.suspended_accounts.add(ACCOUNT)
    assert code_of(lambda: estate.register(task)) == "CustomerNotEntitledException"


def test_the_keys_of_a_stopped_task_have_expired(estate: Estate) -> None:
    task = estate.launch(Platform.ECS)
    estate.marketplace.desks.resources.stop(task.resource_id)
    assert code_of(lambda: estate.register(task)) == "ExpiredTokenException"


def test_a_region_in_which_the_product_is_not_sold_is_disabled(estate: Estate) -> None:  # MODEL
    with estate.marketplace.step() as step:
        product = step.state.products["container"]
        object.__setattr__(product, "regions", ("eu-west-1",))
    task = estate.launch(Platform.ECS, region="eu-central-1")
    assert code_of(lambda: estate.register(task)) == "DisabledApiException"
    estate.register(estate.launch(Platform.ECS, region="eu-west-1"))


def test_registering_puts_nothing_on_the_bill_of_records(estate: Estate) -> None:
    estate.register(estate.launch(Platform.ECS))
    assert estate.marketplace.bill() == ()


def test_a_container_may_register_at_any_time_of_its_life(estate: Estate) -> None:
    task = estate.launch(Platform.ECS)
    estate.now += timedelta(days=40)
    estate.register(task)
