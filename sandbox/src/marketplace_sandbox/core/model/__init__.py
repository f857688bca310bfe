"""What the state is made of; it decides nothing about calls."""
