"""The hub's own words: prompts, the face of an issue, notices, an ask in a line."""
