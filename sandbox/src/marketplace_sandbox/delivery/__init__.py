"""Delivering what AWS sends: to a bus, a queue, a topic or a web address of the developer's."""
