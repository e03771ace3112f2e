"""What the rules say to one call of a tool."""
