"""Workers in cells, with the real worker CLI: an ordinary day works and asks nobody, and the login stays outside."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest

from hubctl.agents.claude.doors import DUMMY
from support.live.desk import place
from support.live.memory import holders, processes_of
from support.live.project import KEY, Project, all_done, issue, script, work
from support.waiting import wait_until

pytestmark = pytest.mark.live


@pytest.mark.core
def test_a_plan_runs_to_its_end_in_cells(project: Project, claude: Path) -> None:
    """Setup, words, commits and validations; the commands are those that the shipped policy asks about outside."""
    shipped = (Path(__file__).parents[2] / "templates" / "roles" / "coder.md").read_text()
    project.role(
        "coder", shipped.replace("---\n", "---\nsetup: ['test ! -e ~/.claude.json && touch set-up']\n", 1)
    )
    project.configure(claude, cell="required")
    looks = "@bash ls -la ~ /tmp; python3 -c 'print(6 * 7)' >out.txt; make -v; rm set-up out.txt"
    plan = project.plan(
        issue(
            "a",
            "Write a",
            *work("a.txt", '@bash hubctl progress "on a"', looks),
            validate="test -f a.txt && test ! -e ~/.claude.json",
        ),
        issue("b", "Write b", *work("b.txt", "@bash rm set-up"), after=("a",), validate="test -f a.txt"),
    )
    ended = project.hubctl("run", "--planner", "file", "--plan", plan, "--json")
    document = json.loads(ended.stdout)
    assert [thread["state"] for thread in document["threads"]] == ["done", "done"]
    assert (document["asks"], document["alerts"]) == (0, 0)
    assert project.events("--kind", "ask-opened") == []
    assert [event["data"]["text"] for event in project.events("--kind", "progress-reported")] == ["on a"]


@pytest.mark.core
def test_the_key_is_nowhere_in_the_cell(project: Project, claude: Path) -> None:
    """The model gets it from the vault; the worker has a dummy, and one host that the policy lists."""
    project.as_shipped()
    project.configure(claude, cell="required")
    port = project.model.url.rpartition(":")[2]
    project.policy(doors={"hosts": [f"localhost:{port} private"]})
    here = f"http://localhost:{project.model.url.rpartition(':')[2]}/"
    tries = (
        "@bash cat /proc/*/environ | tr '\\0,' '\\n' | grep sk-; true",
        f"@bash curl -sS -o /dev/null -w 'listed %{{http_connect}}' --noproxy '' --proxytunnel {here}; true",
        "@bash curl -sS https://other.example; true",
        f"@bash curl -sS -m 3 --noproxy '*' {here}; true",
    )
    plan = project.plan(issue("a", "Look", *tries, *work("a.txt")))
    hub = project.up()
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_until(lambda: project.state("Look") == "done")
    said = json.dumps(project.requests()[-1])
    assert "sk-hubctl-this-cell" in said
    assert "listed 200" in said
    assert "CONNECT tunnel failed, response 403" in said
    assert "Failed to connect" in said or "Could not connect" in said or "Couldn't connect" in said
    assert KEY not in said
    state = Path(project.json("init")["state"])
    for path in (file for file in (state / "homes").rglob("*") if file.is_file()):
        with suppress(OSError):
            assert KEY not in path.read_text(errors="replace"), path
    project.hubctl("down")
    hub.wait()
    wait_until(lambda: not doors(state))


@pytest.mark.extra
def test_no_process_of_a_cell_holds_the_key(project: Project, claude: Path) -> None:
    """Neither in its memory, nor in its words and its environment; the dummy is found the same way."""
    project.configure(claude, cell="required")
    waits = "@bash touch begun; until [ -e go-on ]; do sleep 0.1; done; rm begun go-on"
    project.hubctl(
        "split", "--planner", "file", "--plan", project.plan(issue("a", "Look", waits, *work("a.txt")))
    )
    project.up()
    wait_until(lambda: project.state("Look") == "working")
    folder = place(project, "Look")
    wait_until((folder / "begun").exists)
    inside = processes_of(f"HUBCTL_WORDS={project.json('init')['state']}".encode())
    assert len(inside) > 2
    assert holders(DUMMY.encode(), inside)
    assert not holders(KEY.encode(), inside)
    (folder / "go-on").touch()
    wait_until(lambda: project.state("Look") == "done")


@pytest.mark.core
def test_a_host_is_asked_for_and_after_a_yes_it_is_open(project: Project, claude: Path) -> None:
    """A name that leads nowhere, so that nothing of the world is reached: what is open then is missing, and no more refused."""
    project.as_shipped()
    project.configure(claude, cell="required")
    fetch = "@bash curl -sS https://registry.invalid/; true"
    project.script(script(("registry.invalid:443 is open now", list(work("a.txt", fetch)))))
    plan = project.plan(
        issue("a", "Fetch", fetch, fetch, "@say I wait."), issue("b", "Write b", *work("b.txt"))
    )
    project.up()
    project.hubctl("split", "--planner", "file", "--plan", plan)
    (ask,) = wait_until(lambda: project.json("inbox"))
    assert (ask["kind"], ask["risk"], ask["thread"]) == ("door", "high", "1")
    assert "registry.invalid:443" in project.hubctl("inbox").stdout
    wait_until(lambda: project.peek()["Fetch"].ball.holder == "human")
    project.hubctl("approve", ask["id"])
    wait_until(lambda: all_done(project))
    assert project.json("inbox") == []
    state = Path(project.json("init")["state"])
    said = [json.loads(line) for line in (state / "doors" / "log.jsonl").read_text().splitlines()]
    fetched = [line["why"] for line in said if line["what"] == "registry.invalid:443"]
    assert fetched == ["unlisted", "unlisted", "unreachable"]
    assert {line["what"] for line in said if line.get("why") == "unlisted"} == {"registry.invalid:443"}


def doors(state: Path) -> list[str]:
    """The doors' processes of this state: they end with the last worker."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (
                os.fsencode(state) in (entry / "cmdline").read_bytes()
                and b"hubctl.doors" in (entry / "cmdline").read_bytes()
            ):
                found.append(entry.name)
    return found
