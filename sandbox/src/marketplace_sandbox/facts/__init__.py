"""What is known of AWS Marketplace: a register of rules with their sources, and of switches."""
