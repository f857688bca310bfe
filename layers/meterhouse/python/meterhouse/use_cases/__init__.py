"""One module per job: gather facts, let the domain decide, apply what it decided."""
