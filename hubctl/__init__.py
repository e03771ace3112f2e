"""hubctl runs a team of coding agents in tmux from a board of issues, and never drops the ball."""

__version__ = "0.1.0.dev0"
