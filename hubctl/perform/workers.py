"""Orders about workers: to start one in a window of its own, to give a standing one its next thread, and to end one."""

from pathlib import Path

from hubctl import disk
from hubctl.core.decisions.lanes import session_holder
from hubctl.core.documents.roles import Lifetime, Role, WorkspaceKind
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import EndWorker, StartWorker
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread, Worker
from hubctl.core.messages.prompts import expected, resume_prompt, task_prompt
from hubctl.core.vocabulary.pasteable import same_prompt
from hubctl.core.vocabulary.text import slug
from hubctl.errors import HubError
from hubctl.perform.commands import run_there
from hubctl.perform.composer import until
from hubctl.perform.delivery import lay
from hubctl.perform.outside import Outside
from hubctl.ports.worker import Pane
from hubctl.ports.workspaces import Workspace

SETUP_SECONDS = 1800.0
"""Setting a worktree up may install a project's dependencies."""
TASKS = ".hubctl/tasks"
END_SECONDS = 10.0


def start_worker(action: StartWorker, outside: Outside) -> e.WorkerStarted:
    """Worktree, setup, settings, window. A pane that carries this very start is taken as it is.

    A standing worker that lives takes the thread: it is told its task later, when it is seen to be idle.
    """
    thread = outside.thread(action.thread)
    role = outside.role(thread)
    if _pane_of(outside, outside.agent.name(thread=thread.id, start=action.start)) is None:
        outside.workspaces.demand_trust(thread.base, role)
    space = _workspace(outside, thread, role, fresh=action.start == 1)
    living = _living(outside, role, space)
    worker, session, pane = living or _launch(action, outside, thread, role, space)
    return e.WorkerStarted(
        at=outside.now(),
        thread=thread.id,
        worker=worker,
        start=action.start,
        session=session,
        pane=pane.id,
        window=pane.window,
        pid=pane.pid,
        worktree=str(space.path),
        branch=space.branch,
        start_commit=space.start_commit,
        role_version=role.version,
        standing=role.lifetime is Lifetime.STANDING,
        untold=living is not None,
    )


def _living(outside: Outside, role: Role, space: Workspace) -> tuple[str, str, Pane] | None:
    """The role's standing worker, if its process may go on: told by the same role, in the same place."""
    worker = outside.state().standing_worker(role.name)
    if role.lifetime is not Lifetime.STANDING or worker is None or not worker.alive:
        return None
    pane = _pane_of(outside, worker.id)
    same = (worker.role_version, worker.worktree) == (role.version, str(space.path))
    return (worker.id, worker.session, pane) if same and pane and not pane.dead else None


# --- its place ----------------------------------------------------------------------------------------------------


def _workspace(outside: Outside, thread: Thread, role: Role, *, fresh: bool) -> Workspace:
    branches = _merged_branches(outside.state(), thread)
    space = outside.workspaces.prepare(
        thread=thread.id, title=thread.title, base=thread.base, merge=branches, fresh=fresh, role=role
    )
    _set_up(outside, role, space.path)
    return space


def _merged_branches(state: HubState, thread: Thread) -> list[tuple[str, str]]:
    """The branches of the threads it waited for, in plan order."""
    others = [state.threads[name] for name in state.threads if name in thread.after]
    return [(other.worker.branch, other.title) for other in others if other.worker and other.worker.branch]


def _set_up(outside: Outside, role: Role, path: Path) -> None:
    """Runs the role's setup once; the stamp stands beside the task texts, out of git's sight."""
    # A directory may have several roles, each with a setup of its own.
    whose = f"-{role.name}" if role.workspace.kind is WorkspaceKind.DIRECTORY else ""
    stamp = f"{TASKS}/setup-done{whose}"
    if disk.stands_inside(path, stamp):
        return
    for number, command in enumerate(role.setup, start=1):
        file = f"{TASKS}/setup-{number}.txt"
        ran = run_there(command, outside, role, place=path, file=file, seconds=SETUP_SECONDS, outward=True)
        if ran.how:
            raise HubError(
                f"The setup command `{command}` of role `{role.name}` {ran.how}.", f"Read `{path / file}`."
            )
    disk.write_inside(path, stamp, b"")


# --- its process --------------------------------------------------------------------------------------------------


def _launch(
    action: StartWorker, outside: Outside, thread: Thread, role: Role, space: Workspace
) -> tuple[str, str, Pane]:
    """Worker, session and pane."""
    state = outside.state()
    holder = session_holder(state, thread, role, resume=action.resume)
    session = holder.session if holder else ""
    prompt, resumed = task_prompt(state, thread), resume_prompt(state, thread)
    if holder and not _was_told(outside, state, thread, holder):
        resumed = prompt
    lay(space.path, prompt)
    lay(space.path, resumed)
    launch = outside.agent.launch(
        thread=thread.id,
        start=action.start,
        session=session,
        role=role,
        prompt=prompt.text,
        resumed=resumed.text,
        cwd=space.path,
        hosts=thread.open_hosts,
    )
    outside.runtime.ensure()
    _close_old(outside, thread, role, launch.worker)
    if holder:
        _await_end(outside, thread, holder)
    tags = {"worker": launch.worker, "start": str(action.start)}
    standing = role.lifetime is Lifetime.STANDING
    pane = _pane_of(outside, launch.worker) or outside.runtime.open_window(
        name=(role.name if standing else f"{thread.id}-{slug(thread.title)}")[:24].rstrip("-"),
        cwd=space.path,
        command=launch.command,
        env=launch.env,
        tags=tags if standing else {"thread": thread.id, **tags},
    )
    return launch.worker, launch.session, pane


def _was_told(outside: Outside, state: HubState, thread: Thread, holder: Worker) -> bool:
    """The session knows the task: it is the thread's own, or its worker died before the hub heard that it arrived."""
    if thread.proven and thread.worker and thread.worker.session == holder.session:
        return True
    tasks = [own.text for own in expected(state, thread) if own.purpose == "task"]
    said = () if thread.reopened else outside.agent.prompts(holder)
    return any(same_prompt(task, each) for task in tasks for each in said)


def _pane_of(outside: Outside, worker: str) -> Pane | None:
    return next((pane for pane in outside.runtime.panes() if pane.tags.get("worker") == worker), None)


def _close_old(outside: Outside, thread: Thread, role: Role, worker: str) -> None:
    """What an earlier start of this thread, or of this standing worker, left behind: dead, or told by an older role."""
    last = outside.state().standing_worker(role.name)
    for pane in outside.runtime.panes():
        whose = pane.tags.get("worker", "")
        old = pane.tags.get("thread") == thread.id or (last is not None and whose == last.id)
        if old and whose != worker:
            _close(outside, pane, whose)


def _await_end(outside: Outside, thread: Thread, worker: Worker) -> None:
    """A process takes up to a second to go after its window."""
    if not until(outside, lambda: not outside.agent.holds(worker), END_SECONDS):
        raise HubError(
            f"The session `{worker.session}` is still open in process {worker.pid}, so it cannot be taken up again.",
            f"End it there, then `hubctl retry {thread.id} --resume`.",
        )


def end_worker(action: EndWorker, outside: Outside) -> None:
    """Ends every window of the thread and of its worker; the last screen is kept for `hubctl logs`."""
    thread = outside.thread(action.thread)
    worker = thread.worker.id if thread.worker else ""
    for pane in outside.runtime.panes():
        whose = pane.tags.get("worker", "")
        if pane.tags.get("thread") == thread.id or (worker and whose == worker):
            _close(outside, pane, whose)
    if thread.worker:
        outside.agent.sweep(worker)
        outside.agent.forget(worker)
        if thread.worker.branch:
            outside.workspaces.keep(Path(thread.worker.worktree), branch=thread.worker.branch)


def _close(outside: Outside, pane: Pane, worker: str) -> None:
    """The window goes, its last screen stays, also that of a worker that died."""
    outside.screens.mkdir(parents=True, exist_ok=True)
    (outside.screens / f"{worker}.txt").write_text(outside.runtime.capture(pane.id))
    outside.runtime.close_window(pane.window)
    outside.agent.sweep(worker, but=pane.pid)
    outside.agent.forget(worker)
