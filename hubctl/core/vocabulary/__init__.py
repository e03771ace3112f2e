"""Ids, states, views, what stands on a board, plain text. Knows nobody."""
