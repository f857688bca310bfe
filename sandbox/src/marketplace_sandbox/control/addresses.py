"""The addresses of the control API, and what is said of one that there is not.

What is made of several words has hyphens in its address; with underscores, as answers and the
Python client name it, the address is taken too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request

from marketplace_sandbox.control.answers import Document, refuse
from marketplace_sandbox.control.validation import find_nearest, tell_unknown_field
from marketplace_sandbox.core.model.errors import invalid

_ADDRESS_SHOWN_LENGTH_MAX = 120
_PARAMETER = re.compile(r"{(\w+)(:\w+)?}")


async def refuse_what_is_not_taken(request: Request) -> None:
    """Refuse a field, of body or query, for an operation that has none; the others have models.

    Neither knows of a field that a query names twice, of which only the last would count.
    """
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1:
            raise invalid(f"the field {name[:50]!a} is named twice")
    route = request.scope["route"]
    readers = (route.dependant, *route.dependant.dependencies)
    is_read = any(one.query_params for one in readers)
    names = set() if is_read else set(request.query_params)
    if route.body_field is None and request.method != "GET":
        names |= (await request.json()).keys()
    for name in names:
        raise invalid(tell_unknown_field(name=ascii(name)[1:-1], known=()))


class Addresses:
    """Which addresses there are, and with which methods.

    Attributes:
        underscored: the same operations with underscores for hyphens; no description names them.

    """

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes = [
            route for router in routers for route in router.routes if isinstance(route, APIRoute)
        ]
        self.underscored = APIRouter(include_in_schema=False)
        for route in self._routes:
            if "-" in route.path:
                self.underscored.add_api_route(
                    route.path.replace("-", "_"),
                    route.endpoint,
                    methods=list(_methods_of(route)),
                    status_code=route.status_code,
                )

    async def refuse(self, request: Request, error: Exception) -> Document:
        """Answer an unknown address with the nearest, a wrong method with those that there are."""
        assert isinstance(error, HTTPException)
        prefix: str = request.scope["root_path"]
        path = request.scope["path"].removeprefix(prefix)
        cut = path[:_ADDRESS_SHOWN_LENGTH_MAX]
        shown = _printable(prefix + cut)
        methods = sorted(self._methods_at(path))
        if methods:
            sentence = f"{request.method} is not for {shown}: use {' or '.join(methods)}"
            answer = refuse(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", sentence)
            answer.headers["allow"] = ", ".join(methods)
            return answer
        known = dict(self._filled(cut))
        meant = find_nearest(cut, known)
        hint = f"{prefix}/docs describes what there is"
        if meant is not None:
            method = request.method if request.method in known[meant] else min(known[meant])
            hint = f"did you mean {method} {_printable(prefix + meant)}?"
        return refuse(HTTPStatus.NOT_FOUND, "NotFound", f"there is no {shown}: {hint}")

    def _methods_at(self, path: str) -> set[str]:
        routes = [*self._routes, *self.underscored.routes]
        fitting = (
            route
            for route in routes
            if isinstance(route, APIRoute) and route.path_regex.fullmatch(path)
        )
        return set[str]().union(*map(_methods_of, fitting))

    def _filled(self, path: str) -> Iterator[tuple[str, set[str]]]:
        """List each address with its methods, with the path's own ids if both are of one length."""
        methods_by_template: dict[str, set[str]] = {}
        for route in self._routes:
            methods_by_template.setdefault(route.path, set()).update(_methods_of(route))
        asked = path.split("/")
        for template, methods in methods_by_template.items():
            parts = template.split("/")
            for place, part in enumerate(parts):
                if _PARAMETER.fullmatch(part):
                    is_given = len(parts) == len(asked) and asked[place]
                    parts[place] = asked[place] if is_given else _PARAMETER.sub(r"{\1}", part)
            yield "/".join(parts), methods


def _methods_of(route: APIRoute) -> set[str]:
    return route.methods or set()


def _printable(text: str) -> str:
    return ascii(text)[1:-1]
