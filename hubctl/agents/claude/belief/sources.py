"""What each source said last of one worker, before anybody is believed."""

from collections.abc import Mapping
from datetime import datetime

from hubctl.agents.claude.belief.hook_silence import Hearing
from hubctl.core.intake.observations import HookSeen, ProcessSeen, ScreenSeen, SessionSeen, TitleSeen
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import View

STATUS = {"idle": View.IDLE, "busy": View.BUSY, "waiting": View.WAITING, "shell": View.BACKGROUND}
"""The session file's words."""
HOOKS = {
    "UserPromptSubmit": View.BUSY,
    "PostToolUse": View.BUSY,
    "PostToolUseFailure": View.BUSY,
    "PreCompact": View.BUSY,
    "Stop": View.IDLE,
    "StopFailure": View.IDLE,
}
"""The hooks that say what the main agent does."""
SCREENS = {
    "busy": View.BUSY,
    "retrying": View.BUSY,
    "idle": View.IDLE,
    "error": View.IDLE,
    "limit": View.IDLE,
    "login": View.WAITING,
    "permission": View.WAITING,
    "question": View.WAITING,
    "plan": View.WAITING,
    "dialog": View.WAITING,
    "gone": View.GONE,
}


class Dispute(Struct, frozen=True, kw_only=True):
    """Sources differ since then; `said` is what each says now, `told` that the hub was told of it."""

    since: datetime
    said: str
    told: bool = False


class Sources(Struct, frozen=True, kw_only=True):
    """The last word of each source about one worker; `touched` is when one of them last spoke."""

    touched: datetime
    ended: ProcessSeen | None = None
    session: SessionSeen | None = None
    hook: HookSeen | None = None
    closed: HookSeen | None = None
    """the hook by which the worker said that it ends"""
    title: TitleSeen | None = None
    screen: ScreenSeen | None = None
    asks: Mapping[str, HookSeen] | None = None
    """open PermissionRequests by agent id"""
    answered: datetime | None = None
    """when the last of them got its answer"""
    dispute: Dispute | None = None
    hearing: Hearing | None = None
    """None: this worker was started without hooks"""

    @property
    def status(self) -> str | None:
        """The session file's word; None: there is no file, or none with a status."""
        return self.session.status if self.session else None
