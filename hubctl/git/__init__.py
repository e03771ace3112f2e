"""Git and the repositories: the project's, the workers' worktrees and folders."""
