"""What is sold and who bought it: products, offers, agreements, licenses, tokens."""
