"""How what AWS tells reaches the seller: targets, disturbances, deliveries."""
