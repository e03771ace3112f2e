"""GitHub Issues as the board: the port in `board`, each subject in a module of its own, PyGithub in `connection` alone."""
