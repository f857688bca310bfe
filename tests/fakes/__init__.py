"""In-memory stand-ins for the ports, held to the contract tests of the adapters."""
