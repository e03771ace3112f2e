"""The scripted model: a Messages API on loopback that plays a script, so that the real worker CLI runs with no account."""

from hubctl.scripted.server import Server, start

__all__ = ["Server", "start"]
