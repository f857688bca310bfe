"""The operations of AWS's API, one file each, and their rules."""
