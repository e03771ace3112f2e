"""A worker's screen, read: pure functions from a pane's text."""
