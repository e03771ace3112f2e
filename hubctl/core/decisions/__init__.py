"""State, policy and time become actions: who is late, and what is done about it."""
