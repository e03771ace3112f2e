"""What the hub needs of the outside: Protocols with their values and errors."""
