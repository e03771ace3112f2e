"""All that is known of Claude Code: how it is started, what it leaves on disk, its hooks, its screen."""
