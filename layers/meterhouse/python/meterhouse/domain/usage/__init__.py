"""Usage on its way from the queue into the journal."""
