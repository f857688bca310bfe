"""What holds for all tests."""

import gc
import signal
from functools import cache

import botocore.session
import typer.main
import typer.testing
from hypothesis import settings

# What a script starts in the background ignores Ctrl-C, and so do the programs that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Of `make check`, which looks for what is plainly wrong; `make test` tries a hundred examples.
settings.register_profile("quick", max_examples=10)
# A service's model is read once a process, and not by every session: that is most of what a client
# takes to be made.
botocore.session.create_loader = cache(botocore.session.create_loader)
# The commands are put together once, and not for each that a test types.
vars(typer.testing)["_get_command"] = cache(typer.main.get_command)


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
