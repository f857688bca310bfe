"""The clock of the sandbox, for the functions of the local stack."""
