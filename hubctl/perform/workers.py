"""Orders about workers: to start one in a window of its own, and to end it."""

from pathlib import Path

from hubctl.core.actions import EndWorker, StartWorker
from hubctl.core.prompts import resume_prompt, task_prompt
from hubctl.core.role import Role
from hubctl.core.slug import slug
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.errors import HubError
from hubctl.perform.composer import until
from hubctl.perform.delivery import lay
from hubctl.perform.outside import Facts, Interrupted, Outside, worker_of
from hubctl.ports import Launch, Pane, Workspace

SETUP_SECONDS = 1800.0
"""Setting a worktree up may install a project's dependencies."""

END_SECONDS = 10.0


def start_worker(action: StartWorker, outside: Outside) -> Facts:
    """Worktree, setup, settings, window. A pane that carries this very start is taken as it is."""
    thread = outside.thread(action.thread)
    role = outside.role(thread)
    if _standing(outside, outside.agent.name(thread=thread.id, start=action.start)) is None:
        outside.workspaces.demand_trust(thread.base)
    space = _workspace(outside, thread, role, fresh=action.start == 1)
    session = thread.worker.session if action.resume and thread.worker else ""
    launch, pane = _launch(action, outside, thread, role, space, session)
    return {
        "worker": launch.worker,
        "start": str(action.start),
        "session": launch.session,
        "pane": pane.id,
        "window": pane.window,
        "pid": str(pane.pid),
        "worktree": str(space.path),
        "branch": space.branch,
        "start_commit": space.start_commit,
        "role_version": role.version,
    }


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
    stamp = path / ".hubctl" / "tasks" / "setup-done"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    if stamp.exists():
        return
    for number, command in enumerate(role.setup, start=1):
        output = stamp.parent / f"setup-{number}.txt"
        env = outside.agent.environment(role)
        ended = outside.commands.run(
            command, cwd=path, env=env, output=output, seconds=SETUP_SECONDS, stop=outside.stop
        )
        if ended.stopped:
            raise Interrupted
        if ended.exit_code != 0:
            how = "ran out of time" if ended.timed_out else f"ended with exit {ended.exit_code}"
            raise HubError(f"The setup command `{command}` of role `{role.name}` {how}.", f"Read `{output}`.")
    stamp.write_text("")


def _launch(
    action: StartWorker, outside: Outside, thread: Thread, role: Role, space: Workspace, session: str
) -> tuple[Launch, Pane]:
    prompt, resumed = task_prompt(outside.state(), thread), resume_prompt(outside.state(), thread)
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
    )
    outside.runtime.ensure()
    _close_old(outside, thread, launch.worker)
    if session:
        _await_end(outside, thread)
    pane = _standing(outside, launch.worker) or outside.runtime.open_window(
        name=f"{thread.id}-{slug(thread.title)}"[:24].rstrip("-"),
        cwd=space.path,
        command=launch.command,
        env=launch.env,
        tags={"thread": thread.id, "worker": launch.worker, "start": str(action.start)},
    )
    return launch, pane


def _standing(outside: Outside, worker: str) -> Pane | None:
    return next((pane for pane in outside.runtime.panes() if pane.tags.get("worker") == worker), None)


def _close_old(outside: Outside, thread: Thread, worker: str) -> None:
    for pane in outside.runtime.panes():
        if pane.tags.get("thread") == thread.id and pane.tags.get("worker") != worker:
            keep_screen(outside, pane.id, pane.tags.get("worker", ""))
            outside.runtime.close_window(pane.window)


def _await_end(outside: Outside, thread: Thread) -> None:
    """A process takes up to a second to go after its window."""
    worker = worker_of(thread)
    if not until(outside, lambda: not outside.agent.holds(worker), END_SECONDS):
        raise HubError(
            f"The session `{worker.session}` is still open in process {worker.pid}, so it cannot be taken up again.",
            f"End it there, then `hubctl retry {thread.id} --resume`.",
        )


def end_worker(action: EndWorker, outside: Outside) -> Facts:
    """Ends every window of the thread; its last screen is kept for `hubctl logs`."""
    thread = outside.thread(action.thread)
    for pane in outside.runtime.panes():
        if pane.tags.get("thread") == thread.id:
            keep_screen(outside, pane.id, pane.tags.get("worker", ""))
            outside.runtime.close_window(pane.window)
    if thread.worker:
        outside.agent.forget(thread.worker.id)
    return {}


def keep_screen(outside: Outside, pane: str, worker: str) -> None:
    """The window goes, its last screen stays, also that of a worker that died."""
    outside.screens.mkdir(parents=True, exist_ok=True)
    (outside.screens / f"{worker}.txt").write_text(outside.runtime.capture(pane))
