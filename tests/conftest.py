"""What holds for all tests."""

import signal
from functools import cache

import botocore.session
from hypothesis import settings

# What a script starts in the background ignores Ctrl-C, and so do the programs that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Of `make check`, which looks for what is plainly wrong; `make test` tries a hundred examples.
settings.register_profile("quick", max_examples=10)
# A service's model is read once a process, and not by every session: that is most of what a client
# takes to be made.
botocore.session.create_loader = cache(botocore.session.create_loader)
