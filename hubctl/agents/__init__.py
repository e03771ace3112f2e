"""The worker CLIs that hubctl can drive: how one is started, and what it leaves behind."""
