"""Commands that the hub runs in a worktree, and what ends them with all their children."""
