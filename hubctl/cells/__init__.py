"""Cells: what a worker, and each command that the hub runs for one, can see, change and reach (bubblewrap)."""
