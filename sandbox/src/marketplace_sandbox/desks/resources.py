"""What runs in buyers' accounts, and the public key that their containers check signatures with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.bill.container_hours import RunningTime, running_times
from marketplace_sandbox.core.model.callers import REGION_DEFAULT, Platform, Resource
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.signing import SigningKey, add_key, find_key
from marketplace_sandbox.core.operations.resources import (
    find_resource,
    launch_resource,
    stop_resource,
)
from marketplace_sandbox.desks.steps import BeginStep, Step, not_found
from marketplace_sandbox.signing_keys import KeyPair, make_key_pair

_CONTAINERS = frozenset({Platform.ECS, Platform.EKS})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One version of the key that AWS gives to sellers of containers; see SigningKey."""

    version: int
    pem: str
    created_at: datetime
    rotated_at: datetime | None


class ResourcesDesk:
    """Instances, tasks, pods and AgentCore sessions, and the keys for RegisterUsage."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def launch(
        self,
        product_code: str,
        account_id: str,
        platform: Platform | str,
        region: str = REGION_DEFAULT,
    ) -> Resource:
        """Start one in a buyer's account, subscribed or not; sign requests with its keys."""
        chosen = _read_platform(platform)
        pair = self._first_pair() if chosen in _CONTAINERS else None
        with self._step() as step:
            resource = launch_resource(
                step.state,
                step.product(product_code),
                account_id=account_id,
                platform=chosen,
                region=region,
                at=step.now,
                entropy=step.entropy(),
            )
            if pair is not None and not step.state.signing_keys:
                _add(step, pair)
            step.state.resources[resource.access_key_id] = resource
            return resource

    def stop(self, resource_id: str) -> Resource:
        """End one: its keys expire, and a registered container is metered no further."""
        with self._step() as step:
            resource = stop_resource(_resource(step, resource_id), at=step.now)
            step.state.resources[resource.access_key_id] = resource
            return resource

    def resource(self, resource_id: str) -> Resource:
        """Find one."""
        with self._step() as step:
            return _resource(step, resource_id)

    def resources(self) -> tuple[Resource, ...]:
        """List all that were launched, oldest first."""
        with self._step() as step:
            return tuple(step.state.resources.values())

    def running_times(self) -> Mapping[str, RunningTime]:
        """Return by resource id how long each container was metered (`register.metered`)."""
        with self._step() as step:
            return running_times(step.state, now=step.now)

    def public_keys(self) -> tuple[PublicKey, ...]:
        """List the versions of the public key, oldest first; the last one is the current one.

        There is none before the first container is launched or the key is rotated: most
        marketplaces sell no container.
        """
        with self._step() as step:
            return tuple(_public(key) for key in step.state.signing_keys)

    def public_key(self, version: int | None = None) -> str:
        """Return a version of the public key as PEM; without a version, the current one.

        The first version is made here if nobody needed it before.
        """
        pair = self._first_pair()
        with self._step() as step:
            if pair is not None and not step.state.signing_keys:
                _add(step, pair)
            keys = step.state.signing_keys
            wanted = len(keys) if version is None else version
            key = find_key(keys, wanted)
            if key is None:
                raise not_found("key", str(wanted))
            return key.public_pem

    def rotate_public_key(self) -> PublicKey:
        """Make a new version the current one; older ones are answered with the time of this."""
        pair = make_key_pair()  # before the step: nobody has to wait for it
        with self._step() as step:
            return _add(step, pair)

    def _first_pair(self) -> KeyPair | None:
        """Make the first key pair, in case that there is none yet; before the step, see above."""
        with self._step() as step:
            if step.state.signing_keys:
                return None
        return make_key_pair()


def _add(step: Step, pair: KeyPair) -> PublicKey:
    """Add a version, which is the current one from then on."""
    step.state.signing_keys = add_key(
        step.state.signing_keys,
        private_pem=pair.private_pem,
        public_pem=pair.public_pem,
        at=step.now,
    )
    return _public(step.state.signing_keys[-1])


def _read_platform(name: str) -> Platform:
    if name not in Platform:
        raise invalid(f"platform is one of {', '.join(Platform)}")
    return Platform(name)


def _public(key: SigningKey) -> PublicKey:
    return PublicKey(key.version, key.public_pem, key.created_at, key.rotated_at)


def _resource(step: Step, resource_id: str) -> Resource:
    resource = find_resource(step.state.resources.values(), resource_id)
    if resource is None:
        raise not_found("resource", resource_id)
    return resource
