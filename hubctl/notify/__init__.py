"""How an alert reaches people outside."""
