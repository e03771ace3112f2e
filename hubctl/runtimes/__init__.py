"""Where workers run: tmux, so far."""
