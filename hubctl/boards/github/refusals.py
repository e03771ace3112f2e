"""What GitHub's refusals mean, and what to do about each."""

from email.utils import parsedate_to_datetime

from hubctl.boards.github.connection import Reply
from hubctl.boards.github.login import CURE
from hubctl.ports.board import BoardError, BoardUnreachable

NO_WORD_SECONDS = 60.0
"""GitHub: wait at least a minute where a limit says nothing else."""
LIMIT_WORDS = ("rate limit", "abuse detection")


def is_limit(reply: Reply) -> bool:
    """A primary or secondary limit: nothing was done. Both may come as 403 or 429."""
    if reply.status not in (403, 429):
        return False
    said = message(reply).lower()
    return (
        reply.status == 429
        or "retry-after" in reply.headers
        or reply.headers.get("x-ratelimit-remaining") == "0"
        or any(words in said for words in LIMIT_WORDS)
    )


def limit_seconds(reply: Reply, *, before: int) -> float:
    """How long to leave it alone; `before` limits in a row were told already. By the server's clock, not by ours."""
    after = reply.headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = reply.headers.get("x-ratelimit-reset", "")
    if reply.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(1.0, float(reset) - server_seconds(reply))
    return NO_WORD_SECONDS * float(2**before)


def server_seconds(reply: Reply) -> float:
    """Since 1970, by the server's clock; 0 where it says none."""
    try:
        return parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except ValueError:
        return 0.0


def message(reply: Reply) -> str:
    said = reply.data.get("message") if isinstance(reply.data, dict) else None
    return said if isinstance(said, str) else ""


def _told(reply: Reply) -> str:
    """The message, with what is wrong in particular."""
    errors = reply.data.get("errors") if isinstance(reply.data, dict) else None
    details = [_detail(error) for error in errors] if isinstance(errors, list) else []
    return "; ".join(filter(None, [message(reply), *details]))


def _detail(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    return str(
        error.get("message") or " ".join(str(error.get(name, "")) for name in ("field", "code")).strip()
    )


def silent(why: str) -> BoardUnreachable:
    """No answer, or one that says nothing but that the server is ill."""
    return BoardUnreachable(
        f"GitHub does not answer ({why}); the hub tries again, and its threads go on meanwhile.",
        "Look at https://www.githubstatus.com and at this machine's network.",
    )


def logged_out() -> BoardUnreachable:
    return BoardUnreachable(
        "GitHub does not know the hub's login (any more): its token is wrong or expired.", CURE
    )


def moved(repo: str, where: str) -> BoardUnreachable:
    return BoardUnreachable(
        f"The repository `{repo}` has moved to `{where}`.",
        "Set `board.repo` in hubctl.yaml to its new name, then `hubctl trust`.",
    )


def missing_issue(number: int) -> BoardError:
    return BoardError(f"There is no issue `{number}` on the board.", "See `hubctl status`.")


def unseen(reply: Reply, path: str, repo: str) -> BoardError | None:
    """What cannot be read because there is no such thing for this login; None: it is refused for another reason."""
    if reply.status == 404:
        return BoardUnreachable(
            f"GitHub shows the hub's login no `{path}`: there is none, or it may not see it.",
            f"Correct `board.repo` in hubctl.yaml, or give the login access to `{repo}`.",
        )
    return None


def refused(reply: Reply, what: str, repo: str) -> BoardError:
    """The error that a status of 4xx is, but for those that callers understand themselves; a 404 hides a missing right."""
    said = _told(reply) or f"status {reply.status}"
    if reply.status in (403, 404):
        return _forbidden(reply, what, said)
    if reply.status == 410:
        return BoardUnreachable(
            f"`{repo}` takes no issues: {said}", "Switch issues on in the repository's settings on GitHub."
        )
    return BoardError(f"GitHub refused {what}: {said}", "See `hubctl doctor`.")


def _forbidden(reply: Reply, what: str, said: str) -> BoardError:
    """With the scope or permission that the token lacks, as far as GitHub names it."""
    scopes = reply.headers.get("x-accepted-oauth-scopes", "")
    rights = reply.headers.get("x-accepted-github-permissions", "")
    if rights:
        return BoardError(
            f"The hub's token may not do this: {what} it needs the permission `{rights}`.",
            f"Give the token `{rights}` on GitHub (Settings, Developer settings).",
        )
    if scopes and not _has(reply, scopes):
        return BoardError(
            f"The hub's token may not do this: {what} it needs the scope `{scopes}`.",
            f"gh auth refresh --scopes {scopes.split(',')[-1].strip()}",
        )
    return BoardError(f"GitHub refused {what}: {said}", "Give the hub's login write access.")


def _has(reply: Reply, scopes: str) -> bool:
    """Whether the token has one of these scopes already, so that something else is missing."""
    own = {scope.strip() for scope in reply.headers.get("x-oauth-scopes", "").split(",")}
    return bool(own.intersection(scope.strip() for scope in scopes.split(",")))
