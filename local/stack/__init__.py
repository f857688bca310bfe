"""Meterhouse on this machine: the built application, an AWS emulator, the sandbox."""
