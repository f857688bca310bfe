"""Which hosts the sandbox may call: this machine's own, and those that its operator named."""

import ipaddress
from urllib.parse import urlsplit

from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind

# Names that resolve to the loopback address wherever they resolve at all (RFC 6761).
_LOOPBACK_NAME = "localhost"


def check_address(new: NewTarget, *, hosts: frozenset[str]) -> None:
    """Raise ControlError if a target is not an http address on this machine or on a named host.

    Whoever reaches the control API must not be able to make the sandbox call into a network, and
    no test may reach the real AWS by a slip.
    """
    address = new.address if new.kind is TargetKind.HTTP else new.endpoint_url
    name = "address" if new.kind is TargetKind.HTTP else "endpoint_url"
    try:
        parts = urlsplit(address or "")
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"} or parts.username is not None:
        raise invalid(f"{name} must be an http or https address without a user name")
    if not is_loopback(host) and host not in hosts:
        raise invalid(
            f"{name} must lie on this machine: {host} is neither a loopback address "
            f"nor one that was named by: sandbox serve --target-host {host}"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or number and without asking anybody."""
    if host == _LOOPBACK_NAME or host.endswith(f".{_LOOPBACK_NAME}"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
