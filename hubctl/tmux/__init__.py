"""The tmux server of a hub."""
