"""The journal: appending usage, and reading what counts, whatever is damaged."""
