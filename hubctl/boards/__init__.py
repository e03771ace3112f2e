"""The boards: each an adapter of the `Board` port, unaware of the others."""
