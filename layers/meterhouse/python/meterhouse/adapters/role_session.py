"""A session whose clients call in a role; imported where there is one (ADR 0016)."""

from collections.abc import Callable

from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.session import Session

_METHOD = "marketplace-role"


class _RoleProvider(CredentialProvider):
    """Hands out credentials that botocore asks for at the first call, keeps, and renews."""

    METHOD = _METHOD

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        super().__init__()
        self._assume = assume

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._assume, _METHOD)


def session_in_role(own: Session, assume: Callable[[], dict[str, str]]) -> Session:
    """Return a session with the credentials of `assume` and no others.

    A role that cannot be assumed must never make the calls with the function's own credentials, in
    whose account AWS knows no buyer. What `own` has read of services is not read again.
    """
    session = Session()
    session.register_component("data_loader", own.get_component("data_loader"))
    session.register_component("credential_provider", CredentialResolver([_RoleProvider(assume)]))
    return session
