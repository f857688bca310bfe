"""One AWS thing each, behind the protocols of `ports.process`."""
