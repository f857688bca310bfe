"""From bytes to a call and back: protocols, AWS's model, the way through an operation."""
