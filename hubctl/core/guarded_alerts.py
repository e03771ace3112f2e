"""The alerts about files that can order things, as far as the hub goes on in spite of them.

Rules (DESIGN section 6.4): a change that nobody trusted, or that cannot be read, is as if it had not happened, and is
said out loud. None of these can be switched off: they tell that the rules in force are not those of the files.
"""

from collections.abc import Iterator, Mapping

from hubctl.core.actions import RaiseAlert
from hubctl.core.guarded import Guarded
from hubctl.core.policy import Policy, RuleId, Severity

HELD, REFUSED, GIT = "trust", "policy", "git"
"""Why these alerts are raised. Their kind is `undispatched`: of the vocabulary the one that is about no thread's worker."""

OVER: Mapping[str, str] = {
    HELD: "the files are trusted, or others changed",
    REFUSED: "the rules can be read, or something else is wrong",
    GIT: "git's files are as they were, changed again, or a new hub began with them",
}


def guarded_alerts(policy: Policy, known: Guarded) -> Iterator[RaiseAlert]:
    """One for each way in which what holds is not what stands in the files."""
    usual = policy.rule(RuleId.UNDISPATCHED).severity
    if known.held:
        text = f"{_listed(known.held)} changed, and nobody trusted it: the trusted version holds."
        yield _alert(HELD, known, usual, f"{text} Look at it, then `hubctl trust`")
    if known.refused:
        problems = " ".join(known.refused.split("\n"))
        text = f"The rules that were trusted last cannot be read, so those before them hold: {problems}"
        yield _alert(REFUSED, known, usual, f"{text} Correct it, then `hubctl trust`")
    if known.git:
        text = f"{_listed(tuple(known.git))} changed while the hub runs: git may now execute something else."
        yield _alert(
            GIT, known, Severity.CRITICAL, f"{text} Look at it; if it is yours, `hubctl down` and `up`"
        )


def _listed(files: tuple[str, ...]) -> str:
    return ", ".join(f"`{file}`" for file in files)


def _alert(because: str, known: Guarded, severity: Severity, text: str) -> RaiseAlert:
    episode = _episodes(known)[because]
    kind = RuleId.UNDISPATCHED
    return RaiseAlert(because=because, episode=episode, kind=kind, severity=severity.value, text=text)


def _episodes(known: Guarded) -> dict[str, str]:
    """The occasions that last, by why they are one."""
    since = {
        HELD: known.held_since if known.held else None,
        REFUSED: known.refused_since if known.refused else None,
        GIT: known.git_since if known.git else None,
    }
    return {why: f"{why}-{round(at.timestamp() * 1000)}" for why, at in since.items() if at}


def resolved(known: Guarded, because: str, episode: str) -> str:
    """Why an alert of these is over; empty: it is not, or is none of them."""
    if because not in OVER or _episodes(known).get(because) == episode:
        return ""
    return OVER[because]
