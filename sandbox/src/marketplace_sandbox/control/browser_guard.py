"""Keeping other sites' pages, open in the developer's browser, from driving the sandbox.

The sandbox asks for no password, because it listens on the machine itself. A browser on this
machine shows pages of strangers, though, who could post forms to it (request forgery), or point a
name of their own at 127.0.0.1 and read it (rebinding). Two rules stop both:

- The Host is an IP address, `localhost`, or a name that the operator allowed: a stranger's name,
  wherever it points, is none of these.
- What changes something does not come from another site: `Sec-Fetch-Site` says so, or, in browsers
  that do not send it, `Origin`. Programs send neither and are served.

The AWS side needs none of this: it answers only requests that carry headers which a page cannot
send to another site unasked.
"""

import ipaddress
from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from marketplace_sandbox.control.answers import refuse

_METHODS_THAT_READ = frozenset({"GET", "HEAD", "OPTIONS"})
_SITES_OF_OUR_OWN = frozenset({"same-origin", "none"})  # none: typed into the address bar
_FORBIDDEN = 403


class BrowserGuard:
    """Refuses what a page of another site sends; applies to all but AWS's own endpoints.

    Attributes:
        names_allowed: host names beside `localhost` and addresses, in lower case.

    """

    def __init__(self, app: ASGIApp, *, names_allowed: Collection[str] = ()) -> None:
        self._app = app
        self._names_allowed = frozenset(names_allowed) | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at one request's headers, then hand it on or refuse it with 403."""
        if scope["type"] != "http" or _is_aws_side(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        problem = None
        if not self._knows_host(request.headers.get("host", "")):
            problem = "this Host is neither an address nor a name that serve --allow-host gave"
        elif request.method not in _METHODS_THAT_READ and _comes_from_another_site(request):
            problem = "a page of another site may not change anything here"
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await refuse(_FORBIDDEN, "Forbidden", problem)(scope, receive, send)

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


def _is_aws_side(scope: Scope) -> bool:
    path: str = scope["path"]
    return (path == "/" and scope["method"] == "POST") or path.startswith("/service/")


def _comes_from_another_site(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in _SITES_OF_OUR_OWN
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return origin.partition("://")[2] != request.headers.get("host", "")
