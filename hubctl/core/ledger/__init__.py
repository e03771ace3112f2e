"""What happened, and what is known from it: events, actions, the table of a thread, the fold."""
