"""What holds for all tests."""

import signal

# What a script starts in the background ignores Ctrl-C, and so do the programs that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
