import gc
from collections.abc import Iterator
from functools import cache
from itertools import cycle

import botocore.session
import httpx._transports.default
import pytest
import typer.main
import typer.testing
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import settings

from tests.builders import Shop

# Of `make check`, which looks for what is plainly wrong; `make test` tries a hundred examples.
settings.register_profile("quick", max_examples=10)
# A service's model is read once a process, and not by every session: that is most of what a client
# takes to be made.
botocore.session.create_loader = cache(botocore.session.create_loader)
# Commands are put together once, and not for each that is typed.
vars(typer.testing)["_get_command"] = cache(typer.main.get_command)
# Whom to trust for TLS is read once, and not by every client of a sandbox without TLS.
vars(httpx._transports.default)["create_ssl_context"] = cache(httpx.create_ssl_context)
_make_key = rsa.generate_private_key


@cache
def _keys(exponent: int, bits: int) -> Iterator[rsa.RSAPrivateKey]:
    return cycle([_make_key(exponent, bits) for _ in range(4)])


def _take_turns(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
    """Return another key than last time; to find the primes of one takes longer than most tests."""
    return next(_keys(public_exponent, key_size))


vars(rsa)["generate_private_key"] = _take_turns


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what lives to the end, and look at the rest less often.

    Thousands of collected tests and every service's model would be looked through again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure() -> None:
    """Look once for what was left behind, as pytest and the interpreter would again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shop() -> Shop:
    return Shop()
