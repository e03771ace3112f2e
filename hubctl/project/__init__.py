"""Where a project's state is, which files of it are trusted, its configuration and the rules in force."""
