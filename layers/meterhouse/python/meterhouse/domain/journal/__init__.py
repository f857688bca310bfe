"""The journal by hour: segments, generations, manifests, and what a fold of them says."""
