"""The supervisor: its loop, and the wiring that names concrete things."""
