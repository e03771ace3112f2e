"""A simulator of workers' lives with the truth beside them; it knows nothing of hubctl, not even a word of its core."""
