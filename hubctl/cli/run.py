"""`hubctl run`: the main job, from a plan to the end of its threads."""

import os
import threading
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue

from hubctl.cli import plans, shared
from hubctl.cli.follow import Follower, states_logged, states_told
from hubctl.cli.init import prepare
from hubctl.cli.status import status_document
from hubctl.core.documents.plan import Plan
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.words import ThreadState
from hubctl.errors import HubError
from hubctl.git.conflicts import Foreseen, conflicts
from hubctl.git.repository import find_repository
from hubctl.hub.hub import Hub, only_hub, open_hub
from hubctl.project.place import Place, is_running
from hubctl.store.history import SqliteHistory


def run(
    task: plans.TaskArgument = "",
    planner: plans.PlannerOption = "",
    plan: plans.PlanOption = "",
    yes: plans.YesOption = False,
    repo: shared.RepoOption = Path(),
    as_json: shared.JsonOption = False,
) -> None:
    """File a plan, start workers, follow them to the end.

    Without a running hub this process is the hub; Ctrl-C leaves the workers alive. Exit code 0 only if all is done.
    """
    shared.people_only("run")
    known = shared.here(repo) if os.environ.get("HUBCTL_STATE") else None
    checkout = known.checkout if known else find_repository(shared.standing(repo)).path

    def ready() -> Place:
        """After the plan was read: a wrong one prepares nothing."""
        return known or prepare(find_repository(checkout))[0]

    made = plans.make_plan(checkout, task=task, planner=planner, file=plan, place=ready)
    place = ready()
    shared.people_only("run", place)
    plans.accept(made, yes=yes)
    if not made.by_model and not as_json:
        shared.say(plans.show_plan(made.plan) + "\n")
    follow = _follow_other if is_running(place) else _follow_here
    state, name = follow(place, made.plan)
    _finish(place, state, name, as_json=as_json)


def _follow_here(place: Place, plan: Plan) -> tuple[HubState, str]:
    """This process is the hub: it works in a thread of its own while this one follows."""
    hub = open_hub(place, os.environ)
    if hub.note:
        shared.say(f"Note: {hub.note}")
    told: SimpleQueue[HubState | None] = SimpleQueue()
    with only_hub(place):
        name = plans.hand_over(place, plan)
        failures: list[BaseException] = []
        worker = threading.Thread(target=_run_hub, args=(hub, told, failures), name="hub")
        worker.start()
        try:
            state = Follower(plan=name).follow(states_told(told))
        except KeyboardInterrupt:
            shared.say(
                "\nThe workers stay alive. Go on with `hubctl up`, look with `hubctl status`, end one with `hubctl stop N`."
            )
            raise
        finally:
            hub.end()
            worker.join()
    if failures:
        raise failures[0]
    return state, name


def _run_hub(hub: Hub, told: SimpleQueue[HubState | None], failures: list[BaseException]) -> None:
    try:
        hub.run(told.put)
    except BaseException as error:  # noqa: BLE001 -- handed to the thread that follows, which raises it
        failures.append(error)
    finally:
        told.put(None)


def _follow_other(place: Place, plan: Plan) -> tuple[HubState, str]:
    name = plans.hand_over(place, plan)
    shared.say("A hub runs already: it takes the plan.")
    with closing(shared.open_log(place)) as log:
        return Follower(plan=name).follow(states_logged(log, lambda: is_running(place))), name


def _finish(place: Place, state: HubState, name: str, *, as_json: bool) -> None:
    with closing(shared.open_log(place)) as log:
        history = SqliteHistory(log)
        history.read()
        threads = history.of_plan(name)
    if as_json:
        shared.print_json(status_document(place, *(thread.id for thread in threads), last=shared.SHOWN)[1])
    else:
        shared.tell(_next_steps(place, threads))
    undone = [thread for thread in threads if thread.state is not ThreadState.DONE]
    plan = state.plans.get(name)
    unfiled = plan.unfiled if plan else ()
    if undone or unfiled:
        raise HubError(_verdict(state, undone, unfiled=unfiled), _cure(undone))


def _verdict(state: HubState, undone: list[Thread], *, unfiled: tuple[str, ...]) -> str:
    lines = [f"{len(undone) + len(unfiled)} of the plan's issues are not done:"]
    lines += [f"  {thread.id} {thread.title}: {thread.state.value}, {thread.ball.why}" for thread in undone]
    lines += [
        f"  {key}: not filed ({next(iter(state.failures.values()), 'the hub ended before')})"
        for key in unfiled
    ]
    return "\n".join(lines)


def _cure(undone: list[Thread]) -> str:
    failed = [thread for thread in undone if thread.state is ThreadState.FAILED]
    cures = [f"{thread.id}: {thread.cure}" for thread in failed if thread.cure]
    return "\n".join(cures) or "See `hubctl status`."


def _next_steps(place: Place, threads: list[Thread]) -> str:
    """The branches in merge order, each after those that it was built on, and what will conflict on the way."""
    done = [
        thread for thread in threads if thread.state is ThreadState.DONE and thread.worker and thread.commit
    ]
    if not done:
        return "Nothing is done, so there is nothing to merge."
    done.sort(key=lambda thread: int(thread.id))
    branches = [thread.worker.branch for thread in done if thread.worker and thread.worker.branch]
    where = f" To take the work, in {place.checkout}:" if branches else ""
    lines = [f"{len(done)} of {len(threads)} done.{where}", *map(_step, done)]
    foreseen: tuple[Foreseen, ...] = ()
    with suppress(HubError):  # a look ahead; the branches stand there without it
        foreseen = conflicts(place.repository, branches)
    return "\n".join([*lines, *_warnings(foreseen)])


def _step(thread: Thread) -> str:
    guarded = f"   # changes {', '.join(thread.guarded)}: read it first" if thread.guarded else ""
    branch, worktree = (thread.worker.branch, thread.worker.worktree) if thread.worker else ("", "")
    if branch:
        return f"  git merge {branch}{guarded}"
    return f"  in {worktree}, up to {thread.commit[:10]}: {thread.title}{guarded}"


def _warnings(foreseen: tuple[Foreseen, ...]) -> list[str]:
    if not foreseen:
        return []
    return [
        "Merged in this order onto HEAD as it is now, these will conflict:",
        *(f"  {each.branch}: {', '.join(each.files)}" for each in foreseen),
    ]
