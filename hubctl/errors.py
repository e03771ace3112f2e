"""The one error that a user is expected to meet: a sentence and its cure."""


class HubError(Exception):
    """An expected failure, printed without a traceback.

    `message` says what happened, with the name in backticks, and what it means; `cure` is the one thing to do about it,
    a command where there is one, or empty where the message already holds it.
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}\n{self.cure}" if self.cure else self.message


class UsageError(HubError):
    """The words of the call are wrong: exit code 2 instead of 1."""
