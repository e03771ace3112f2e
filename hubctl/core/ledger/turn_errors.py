"""The API errors that no nudge can mend: StopFailure's words, and what a person must do.

Measured: docs/facts/claude-code.md#errors-and-retries.
"""

from typing import Final

from hubctl.core.vocabulary.values import Struct


class TurnError(Struct, frozen=True, kw_only=True):
    """`why` the worker cannot go on; `cure` goes on after "`hubctl attach N` and "."""

    why: str
    cure: str


TURN_ERRORS: Final = {
    "authentication_failed": TurnError(
        why="the worker is not logged in", cure="type `/login`, or mend its key; then tell it to go on"
    ),
    "oauth_org_not_allowed": TurnError(
        why="the worker's login is of an organization that may not be used",
        cure="type `/login` with another one; then tell it to go on",
    ),
    "billing_error": TurnError(
        why="the worker's credit is used up", cure="tell it to go on once there is credit again"
    ),
    "model_not_found": TurnError(
        why="the worker's model does not exist for this login", cure="choose another with `/model`"
    ),
}
