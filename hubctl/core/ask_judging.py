"""What the permissions say of an ask: allow, deny, or leave it to a person; the one seam to the rules."""

from hubctl.core.asks import LEFT, Ask
from hubctl.core.policy import Policy
from hubctl.core.thread import Thread


def judged(policy: Policy, thread: Thread, ask: Ask) -> tuple[str, str]:
    """The decision and its reason; total, and what cannot be judged is a person's."""
    return LEFT, f"no permission of role `{thread.role}` decides it"
