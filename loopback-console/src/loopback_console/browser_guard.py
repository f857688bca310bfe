"""Keeping other sites' pages, open in a person's browser, from driving a console.

A console asks for no password, because it listens on the machine itself. A browser on this machine
shows pages of strangers, though, who could post forms to it (request forgery), or point a name of
their own at 127.0.0.1 and read it (rebinding). Two rules stop both:

- The Host is an IP address, `localhost`, or a name that the operator allowed: a stranger's name,
  wherever it points, is none of these.
- What changes something does not come from another site: `Sec-Fetch-Site` says so, or, in browsers
  that do not send it, `Origin`. Programs send neither and are served.
"""

import ipaddress
from collections.abc import Callable, Collection
from enum import Enum

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS_THAT_READ = frozenset({"GET", "HEAD", "OPTIONS"})
_SITES_OF_OUR_OWN = frozenset({"same-origin", "none"})  # none: typed into the address bar


class Breach(Enum):
    """Which rule a request breaks, as a sentence without its stop."""

    HOST = "this Host is neither an address nor a name that was allowed"
    SITE = "a page of another site may not change anything here"


class BrowserGuard:
    """Refuses what a page of another site sends.

    Attributes:
        refuse: makes the answer to what breaks a rule, with the status 403.
        names_allowed: host names beside `localhost` and addresses, in lower case.
        is_exempt: tells what is answered to anybody; by default nothing is.

    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: Callable[[Breach], ASGIApp],
        names_allowed: Collection[str] = (),
        is_exempt: Callable[[Scope], bool] = lambda _: False,
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._names_allowed = frozenset(names_allowed) | {"localhost"}
        self._is_exempt = is_exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at one request's headers, then hand it on or refuse it."""
        if scope["type"] != "http" or self._is_exempt(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        breach = None
        if not self._knows_host(request.headers.get("host", "")):
            breach = Breach.HOST
        elif request.method not in _METHODS_THAT_READ and _comes_from_another_site(request):
            breach = Breach.SITE
        answer = self._app if breach is None else self._refuse(breach)
        await answer(scope, receive, send)

    def _knows_host(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.removeprefix("[").removesuffix("]").lower()
        if name in self._names_allowed or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _comes_from_another_site(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in _SITES_OF_OUR_OWN
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return origin.partition("://")[2] != request.headers.get("host", "")
