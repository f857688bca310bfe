"""One AWS thing each, behind the protocols of `meterhouse.ports`."""
