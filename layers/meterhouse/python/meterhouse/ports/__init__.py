"""What the use cases need from the world, as protocols; adapters implement them."""
