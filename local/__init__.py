"""Meterhouse on this machine: the built template on an emulator, and a seller who uses it."""
