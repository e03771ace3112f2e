"""The event log in SQLite, and events as JSON."""
