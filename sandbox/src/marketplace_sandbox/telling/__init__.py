"""What `sandbox serve` prints about each call: the words, and where they are written."""
