"""Claude Code behind the `Agent` port: the files of one start, and what a session leaves behind.

Each start has a folder of its own (0700): its token, its settings, its spool. The files are written before the pane
is made and found again after a crash, so that a worker which was started already keeps the token it has.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hubctl.agents.claude.cell import Needs, program_words, worker_cell
from hubctl.agents.claude.doors import ModelDoor, cell_environment, model_door
from hubctl.agents.claude.environment import WITHOUT_CELL, shim, worker_environment
from hubctl.agents.claude.files import read_object, session_of
from hubctl.agents.claude.gates import decision_text, release_gate, release_gates, write_gate
from hubctl.agents.claude.hook_scripts import ANSWER, MARK, answer, reads_script, stop_script
from hubctl.agents.claude.json import inner
from hubctl.agents.claude.launch import CommandLine as Words
from hubctl.agents.claude.launch import hook_script, session_id, settings_text, words
from hubctl.agents.claude.leftovers import end_leftovers
from hubctl.agents.claude.transcripts import read_transcript_lines, transcript_path, user_prompts
from hubctl.cells.cgroups import Cgroups
from hubctl.cells.loosening import loosened
from hubctl.cells.start import forwarding, way_in
from hubctl.cells.use import use_of
from hubctl.cells.words import SCRIPT as WORDS_SCRIPT
from hubctl.cells.words import answered, read_words, spoken
from hubctl.core.documents.config import Config
from hubctl.core.documents.policy import Rules
from hubctl.core.documents.roles import Lifetime, PermissionMode, Role, WorkspaceKind
from hubctl.core.ledger.asks import ELICITATION, Ask
from hubctl.core.ledger.thread import Worker
from hubctl.core.vocabulary.hosts import Host, target_of
from hubctl.core.vocabulary.limits import CellUse
from hubctl.core.vocabulary.values import Struct
from hubctl.disk import writing
from hubctl.doors.named import vault_environment, vaults_of
from hubctl.doors.rules import WorkerDoors, sockets_of
from hubctl.git.location import Repository
from hubctl.permissions.cli_rules import anchored, for_cli, without_shell
from hubctl.permissions.contained import asked_in_cell, free_rules
from hubctl.permissions.rules import rules_of
from hubctl.ports.worker import Launch
from hubctl.project import trust
from hubctl.project.place import Place, write_whole

DEFAULT_MODEL = "sonnet"
HUBS_OWN = ("HUBCTL_WORKER", "HUBCTL_TOKEN", "HUBCTL_STATE", "HUBCTL_SPOOL")
TOKEN_FILE = "token"
OWN_HOME = "home"
"""A file that names the home which the worker's cell keeps."""
CLONED = (
    "\n\nYour checkout is a git repository of its own, without a way to push. `git fetch hub` brings main and the branches of"
    " others as they are now. Only what is committed on your own branch counts as your work."
)
"""Added to what a contained worker's role says."""
SETTINGS = {"project": ".claude/settings.json", "local": ".claude/settings.local.json"}
WRITING = ("Write", "Edit", "NotebookEdit")
"""The worker CLI's tools that write files: denied where `workspace` is `read-only`."""


def _is_read_only(role: Role) -> bool:
    return role.workspace.kind is WorkspaceKind.READ_ONLY


class ClaudeAgent(Struct, frozen=True, kw_only=True):
    """`source` is the hub's own environment, of which a worker sees an allow-list."""

    place: Place
    config: Config
    rules: Callable[[], Rules]
    source: Mapping[str, str]
    python: str
    contained: bool = False
    """whether workers get cells"""
    repository: Repository | None = None
    """whose worktrees they work in"""
    open_doors: Callable[[WorkerDoors], None] = lambda _: None
    """returns when the doors of this worker's cell are open"""
    cgroups: Cgroups | None = None
    """None: the kernel holds no cell's limits"""
    lead_doors: Callable[[str, tuple[Host, ...]], None] = lambda *_: None
    """the doors of this worker's cell, if they are open, lead to these hosts and no others from now on"""

    @property
    def home(self) -> Path:
        """The HOME that workers see: `worker.env.HOME`, else the hub's own."""
        return Path(self.config.worker.env.get("HOME") or self.source.get("HOME") or Path.home())

    def folder(self, worker: str) -> Path:
        return self.place.workers / worker

    def spool(self, worker: str) -> Path:
        return self.folder(worker) / "spool"

    def words(self, worker: str) -> Path:
        """Where a contained worker lays its words."""
        return self.folder(worker) / "words"

    def home_of(self, worker: str) -> Path:
        """Where its session file lies: in a cell's own home, else in HOME."""
        try:
            return Path((self.folder(worker) / OWN_HOME).read_text())
        except OSError:
            return self.home

    def is_contained(self, worker: str) -> bool:
        """By its start: `worker.cell` may have changed since."""
        return (self.folder(worker) / OWN_HOME).exists()

    def use(self, worker: str, pid: int) -> CellUse:
        """What its cell uses, whose outermost process this is."""
        return use_of(pid, self.cgroups.of(worker) if self.cgroups else None, self.config.worker.limits)

    def token(self, worker: str) -> str:
        """Empty where this worker never was, or has ended."""
        try:
            return (self.folder(worker) / TOKEN_FILE).read_text().strip()
        except OSError:
            return ""

    def name(self, *, thread: str, start: int) -> str:
        return f"w{thread}-{start}"

    def launch(
        self,
        *,
        thread: str,
        start: int,
        session: str,
        role: Role,
        prompt: str,
        resumed: str,
        cwd: Path,
        hosts: Sequence[str] = (),
    ) -> Launch:
        worker = self.name(thread=thread, start=start)
        fresh = session_id(self.place.id, thread, start)
        # A worker killed before its first prompt was written has a transcript, and "no conversation" to resume.
        known = next((name for name in (session, fresh) if name and self._prompts(cwd, name)), "")
        settings = self._write_files(worker, role, cwd)
        self._write_answer(worker, "" if role.lifetime is Lifetime.STANDING else thread)
        line = Words(
            command=self.config.worker.command,
            session=known or fresh,
            resume=bool(known),
            model=role.model or self.config.models.get(role.name, DEFAULT_MODEL),
            permission_mode=role.permission_mode.value,
            settings=settings,
            system_prompt=self._system_prompt(role),
            mcp=self.place.checkout / role.mcp if role.mcp else None,
            prompt=resumed if known else prompt,
            sources=self._sources(cwd),
        )
        env, command = self._environment(role, worker), words(line)
        if self.contained:
            command = self._in_cell(worker, role, cwd, command, env, hosts)
        else:
            env = {**env, **WITHOUT_CELL}
        return Launch(worker=worker, session=line.session, command=tuple(command), env=env)

    def _sources(self, cwd: Path) -> tuple[str, ...]:
        """Empty where the settings in its folder are those that were trusted; else without those that are not."""
        own = [name for name, file in SETTINGS.items() if trust.is_accepted(self.place, cwd, file)]
        return () if len(own) == len(SETTINGS) else ("user", *own)

    def _in_cell(
        self,
        worker: str,
        role: Role,
        cwd: Path,
        command: Sequence[str],
        env: Mapping[str, str],
        hosts: Sequence[str],
    ) -> list[str]:
        """The words that start it in its cell. A standing worker keeps its home from thread to thread."""
        folder, count = self.folder(worker), len(self.config.worker.command)
        own = role.name if role.lifetime is Lifetime.STANDING else worker.partition("-")[0]
        with writing(folder):
            self.words(worker).mkdir(mode=0o700, exist_ok=True)
            self.place.cell_shims.mkdir(mode=0o700, exist_ok=True)
            write_whole(self.place.cell_shims / "hubctl", WORDS_SCRIPT.read_bytes(), mode=0o700)
            write_whole(folder / OWN_HOME, str(self.place.homes / own))
        door = self._open_doors(worker, env, hosts, role)
        own_env = {
            **{name: value for name, value in cell_environment(env, door).items() if name != "HUBCTL_STATE"},
            "PATH": os.pathsep.join([str(self.place.cell_shims), env["PATH"].partition(os.pathsep)[2]]),
            "HUBCTL_WORDS": str(self.words(worker)),
            **vault_environment(self.config.vaults),
        }
        needs = Needs(
            work=cwd,
            repository=self.repository,
            own=self.place.homes / own,
            home=self.home,
            command=command[:count],
            readable=(self.place.cell_shims, *self._files(worker, role)),
            writable=(self.spool(worker), self.words(worker)),
            doors=sockets_of(self.place.state, worker),
            env=own_env,
            fixed=_is_read_only(role),
        )
        cell = worker_cell(needs, rules_of(self.rules().policy, role))
        cell = loosened(cell, role.cell, home=self.home, kept=self.place.kept)
        words = [*forwarding(self.config.vaults), *program_words(command[:count]), *command[count:]]
        return [*way_in(cell, folder / "cell", cgroup=self.cgroup(worker)), *words]

    def cgroup(self, worker: str) -> Path | None:
        """A new one of this name, where the kernel holds limits."""
        return self.cgroups.make(worker, self.config.worker.limits) if self.cgroups else None

    def _open_doors(self, worker: str, env: Mapping[str, str], hosts: Sequence[str], role: Role) -> ModelDoor:
        door, thread = model_door(env, self.home, self.source), worker[1:].partition("-")[0]
        led = (*self._hosts(hosts), *role.cell.hosts)
        doors = WorkerDoors(
            worker=worker,
            thread=thread,
            model=door.vault,
            hosts=led,
            of_role=role.cell.hosts,
            vaults=vaults_of(self.config.vaults),
        )
        self.open_doors(doors)
        return door

    def _hosts(self, opened: Sequence[str]) -> tuple[Host, ...]:
        """The policy's lines come first: they alone may say `private`."""
        more = (target_of(host) for host in opened)
        return (*self.rules().policy.doors.hosts, *(host for host in more if host))

    def reach(self, worker: str, hosts: Sequence[str]) -> None:
        if self.is_contained(worker):
            self.lead_doors(worker, self._hosts(hosts))

    def _files(self, worker: str, role: Role) -> tuple[Path, ...]:
        """What its settings name."""
        own = (self.folder(worker) / name for name in ("settings.json", ANSWER))
        scripts = (self.place.workers / name for name in ("hook.sh", "stop.sh", "reads.sh"))
        servers = [self.place.checkout / role.mcp] if role.mcp else []
        return (*own, *scripts, *servers)

    def _prompts(self, cwd: Path, session: str) -> tuple[str, ...]:
        try:
            return user_prompts(read_transcript_lines(transcript_path(self.home, cwd, session))[0])
        except OSError:
            return ()

    def _system_prompt(self, role: Role) -> str:
        prose = self.rules().policy.prose.strip()
        rules = f"\n\n# The rules of this project\n\n{prose}" if prose else ""
        own = CLONED if self.contained and role.workspace.kind is not WorkspaceKind.DIRECTORY else ""
        return role.prompt.strip() + own + rules

    def _write_files(self, worker: str, role: Role, cwd: Path) -> Path:
        folder = self.folder(worker)
        with writing(folder):
            self.spool(worker).mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self.place.shims.mkdir(mode=0o700, exist_ok=True)
            write_whole(self.place.shims / "hubctl", shim(self.python), mode=0o700)
            script = self.place.workers / "hook.sh"
            write_whole(script, hook_script(), mode=0o700)
            stopping = self.place.workers / "stop.sh"
            write_whole(stopping, stop_script(), mode=0o700)
            reading = self.place.workers / "reads.sh"
            write_whole(reading, reads_script(), mode=0o700)
            if not self.token(worker):
                write_whole(folder / TOKEN_FILE, secrets.token_urlsafe(24))
            rules = self.rules().policy.permissions
            allow, ask = [*role.allow, *without_shell(rules.allow)], [*role.ask, *rules.ask]
            # In other modes the CLI lets more through by itself: only a rule of its own makes it ask there.
            judged = self.config.worker.hooks and role.permission_mode is PermissionMode.DEFAULT
            judged = judged and not self.contained
            if self.contained:
                allow, ask = free_rules(allow), asked_in_cell(self.rules().policy, role)
            if judged:
                allow, ask = for_cli(allow, ask)
            settings = settings_text(
                allow=anchored(allow, str(cwd)),
                ask=anchored(ask, str(cwd)),
                deny=[
                    *anchored([*role.deny, *rules.deny], str(cwd)),
                    *(WRITING if _is_read_only(role) else ()),
                ],
                hook_script=script if self.config.worker.hooks else None,
                stop_script=stopping if role.stop_hook else None,
                reads_script=reading if judged else None,
                extra=self._project_servers(role, cwd),
            )
            write_whole(folder / "settings.json", settings)
        return folder / "settings.json"

    def _write_answer(self, worker: str, thread: str) -> None:
        """A start that was cut short may have left a mark, and a new turn begins."""
        folder = self.folder(worker)
        with writing(folder):
            write_whole(folder / ANSWER, answer(thread))
            (self.spool(worker) / MARK).unlink(missing_ok=True)

    def _project_servers(self, role: Role, cwd: Path) -> dict[str, object]:
        """The MCP servers of the trusted `.mcp.json`, by name: the worker CLI would ask, and write the answer down."""
        if not trust.is_accepted(self.place, cwd, ".mcp.json"):
            return {}
        trusted = cwd if role.workspace.kind is WorkspaceKind.DIRECTORY else self.place.checkout
        servers = read_object(trusted / ".mcp.json").get("mcpServers")
        return {"enabledMcpjsonServers": list(servers)} if isinstance(servers, dict) and servers else {}

    def _environment(self, role: Role, worker: str) -> dict[str, str]:
        return worker_environment(
            source=self.source,
            config_env=self.config.worker.env,
            pass_env=self.config.worker.pass_env,
            role_env=role.env,
            home=self.home,
            shims=self.place.shims,
            worker=worker,
            token=self.token(worker),
            state=self.place.state,
            spool=self.spool(worker),
        )

    def environment(self, role: Role) -> Mapping[str, str]:
        own = {name: value for name, value in self._environment(role, "").items() if name not in HUBS_OWN}
        if not self.contained:
            return own
        return {**cell_environment(own, None), **vault_environment(self.config.vaults)}

    def say(self, worker: str, file: Path) -> bool:
        """A contained worker's words, as if it had said them outside, where its token proves it."""
        said = read_words(file)
        if said is None:
            return False
        kept = {name: self.source[name] for name in ("HOME", "PATH", "XDG_STATE_HOME") if name in self.source}
        own = (worker, self.token(worker), str(self.place.state), str(self.spool(worker)))
        env = {**kept, "LANG": "C.UTF-8", **dict(zip(HUBS_OWN, own, strict=True))}
        command = (self.python, "-I", "-m", "hubctl")
        answered(file, spoken(said, command=command, cwd=self.place.state, env=env))
        return True

    def prompts(self, worker: Worker) -> tuple[str, ...]:
        return self._prompts(Path(worker.worktree), worker.session)

    def holds(self, worker: Worker) -> bool:
        found = session_of(self.home_of(worker.id), worker.pid)
        return found is not None and found.session == worker.session

    def sweep(self, worker: str, *, but: int = 0) -> None:
        end_leftovers(self.token(worker), but=but)

    def answer(self, worker: Worker, ask: Ask) -> bool:
        if ask.answer is None:
            return False
        return write_gate(self.spool(ask.worker) / ask.gate, decision_text(ask, ask.answer))

    def awaits(self, worker: Worker, ask: Ask) -> bool:
        found = session_of(self.home_of(worker.id), worker.pid)
        return (
            bool(ask.agent) or ask.tool == ELICITATION or found is None or found.status in (None, "waiting")
        )

    def keeps_asking(self, worker: Worker, ask: Ask) -> bool:
        rules = read_object(self.folder(worker.id) / "settings.json").get("permissions")
        asks = rules.get("ask") if isinstance(rules, dict) else None
        return bool(asks) and session_of(self.home_of(worker.id), worker.pid) is not None

    def is_hooked(self, worker: str) -> bool:
        """By its settings: `worker.hooks` may have changed since it was started."""
        return "Stop" in inner(read_object(self.folder(worker) / "settings.json"), "hooks")

    def release(self, worker: str, gate: str = "") -> None:
        if gate:
            release_gate(self.spool(worker) / gate)
        else:
            release_gates(self.spool(worker))

    def forget(self, worker: str) -> None:
        self.release(worker)
        (self.folder(worker) / TOKEN_FILE).unlink(missing_ok=True)
        if self.cgroups:
            self.cgroups.remove(worker)
