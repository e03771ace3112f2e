"""An observation, a request or an outcome becomes the events that are new."""
