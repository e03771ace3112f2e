"""The look from cron: is the hub alive, who is late, was it delivered."""
