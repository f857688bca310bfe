"""The register: what is known of AWS Marketplace's rules, where from, and where it is tested."""
