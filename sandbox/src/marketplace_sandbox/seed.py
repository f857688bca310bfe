"""What a sandbox begins with: commands of the control API, from a file in YAML or JSON.

Each entry is the body of a request, and the control API itself reads it: it knows the fields, the
defaults and what to say about a wrong one.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from starlette.types import ASGIApp

from marketplace_sandbox.control.app import control_app
from marketplace_sandbox.control.validation import find_nearest
from marketplace_sandbox.hosted import HostedMarketplace

# Paths of the control API, in an order in which nothing is named before it is there.
PARTS = ("products", "offers", "agreements", "faults")
_ACCEPTED = "agreements"  # of an offer, whose id nobody can know beforehand

type Body = dict[str, Any]


class SeedError(Exception):
    """A sandbox cannot begin with a file; the message is a sentence that names the place."""


def plant_seed(marketplace: HostedMarketplace, path: Path) -> None:
    """Carry out what a file says; raise SeedError at the first thing that cannot be."""
    try:
        seed = _read_seed(path)
        asyncio.run(_plant(control_app(marketplace), seed))
    except SeedError as error:
        raise SeedError(f"cannot start from {path}: {error}") from error


def _read_seed(path: Path) -> Mapping[str, object]:
    try:
        # YAML 1.2, of which JSON is a part: no word but true and false is a truth value.
        seed = YAML(typ="safe", pure=True).load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise SeedError(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise SeedError("it is not written in UTF-8") from error
    except MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f"line {error.problem_mark.line + 1}: "
        raise SeedError(f"{line}{(error.problem or 'this is no YAML').splitlines()[0]}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise SeedError(str(error).splitlines()[0]) from error
    if not isinstance(seed, dict):
        raise SeedError(f"it must map {', '.join(PARTS[:-1])} or {PARTS[-1]} to lists")
    for name in seed:
        if name not in PARTS:
            meant = find_nearest(str(name), PARTS)
            advice = f"did you mean {meant!r}?" if meant else f"there are {', '.join(PARTS)}"
            raise SeedError(f"unknown part {name!r}: {advice}")
    return seed


async def _plant(api: ASGIApp, seed: Mapping[str, object]) -> None:
    transport = httpx.ASGITransport(app=api)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for part in PARTS:
            for place, body in _bodies(seed.get(part), part):
                accepted = body.pop(_ACCEPTED, None) if part == "offers" else None
                made = await _ask(client, part, body, place)
                for inner, agreement in _bodies(accepted, f"{place}.{_ACCEPTED}"):
                    of_offer = {name: made[name] for name in ("product_code", "offer_id")}
                    await _ask(client, _ACCEPTED, of_offer | agreement, inner)


def _bodies(entries: object, place: str) -> Iterator[tuple[str, Body]]:
    """Yield each entry of a list with its place, such as `products.0`."""
    if entries is None:
        return
    if not isinstance(entries, list):
        raise SeedError(f"{place} must be a list")
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise SeedError(f"{place}.{number} must map fields to values, such as title: Atlas")
        yield f"{place}.{number}", dict(entry)


async def _ask(client: httpx.AsyncClient, path: str, body: Body, place: str) -> Body:
    try:
        content = json.dumps(body, default=_write_time, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SeedError(f"{place}: {error}") from error
    headers = {"content-type": "application/json"}
    answer = await client.post(f"/{path}", content=content, headers=headers)
    document: Body = answer.json()
    if answer.is_error:
        sentence: str = document["error"]["message"]
        in_quotes = ": write it in quotes" if "must be a string" in sentence else ""
        raise SeedError(f"{place}: {sentence}{in_quotes}")
    return document


def _write_time(value: object) -> str:
    """Write a time that YAML has read as one."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is nothing that JSON knows")
