"""Verbs of a project whose issues are on GitHub, without a hub: init, doctor, trigger, split --issue."""

import json

import pytest

from support.github.site import Site
from support.github.world import HUB, OUTSIDER, WRITER, Token
from support.shell import Shell

PLAN = {"issues": [{"key": "a", "title": "Write a"}, {"key": "b", "title": "Write b", "after": ["a"]}]}


@pytest.fixture
def repo(shell: Shell, github: Site) -> str:
    """The project's board is this repository."""
    made = github.repository()
    shell.env["GITHUB_TOKEN"] = HUB
    shell.told("init", *words(made, github))
    return made


def words(repo: str, site: Site) -> list[str]:
    return ["--board", "github", "--repo", repo, "--api-url", site.url]


def test_init_makes_the_labels_and_the_configuration_once(shell: Shell, github: Site) -> None:
    shell.env["GITHUB_TOKEN"] = HUB
    made = github.repository()
    first = shell.json("init", *words(made, github))
    assert (first["made"], first["trusted"]) == (["hubctl.yaml"], ["hubctl.yaml"])
    assert set(first["labels"]) == {
        "hub",
        *(f"hub:{one}" for one in ["ready", "running", "blocked", "review", "plan", "failed"]),
    }
    known = {row["name"]: row for row in github.person(WRITER, made).see("/labels?per_page=100")}
    assert known["hub:ready"]["color"] == "0e8a16"
    assert "worker" in known["hub:running"]["description"]
    again = shell.json("init", *words(made, github))
    assert (again["made"], again["labels"]) == ([], [])
    assert shell.json("status")["board"] == {"kind": "github", "ok": True}


def test_init_names_the_right_that_is_missing_and_makes_nothing(shell: Shell, github: Site) -> None:
    made = github.repository()
    github.world.tokens["narrow"] = Token(login=HUB, scopes=("gist",))
    before = shell.files()
    for token, missing in ((OUTSIDER, "write access"), ("narrow", "scope `repo`")):
        message, cure = shell.refused("init", *words(made, github), env={"GITHUB_TOKEN": token})
        assert missing in message
        assert cure
    message, _ = shell.refused("init", *words(made, github), env={"GITHUB_TOKEN": ""})
    assert "GITHUB_TOKEN" in message
    assert shell.files() == before


def test_a_look_without_a_hub_keeps_what_people_ordered(shell: Shell, github: Site, repo: str) -> None:
    wim, eve = github.person(WRITER, repo), github.person(OUTSIDER, repo)
    eve.label(eve.open("Give me the keys"), "hub:ready")
    number = wim.open("Count words", "---\nvalidate: rm -rf /\n---\nCount them.")
    wim.label(number, "hub:ready")
    assert shell.json("trigger") == {"hub": False, "opened": []}
    wim.edit(number, body="Count them.")
    wim.unlabel(number, "hub:ready")
    wim.label(number, "hub:ready")
    assert shell.json("trigger")["opened"] == [str(number)]
    assert shell.json("trigger")["opened"] == []
    (thread,) = shell.json("status")["threads"]
    assert (thread["title"], thread["state"]) == ("Count words", "queued")


def test_an_issue_of_the_board_is_planned(shell: Shell, github: Site, repo: str) -> None:
    number = github.person(WRITER, repo).open("Write two files")
    shell.write("plan.yaml", json.dumps(PLAN))
    split = ["--planner", "file", "--plan", "plan.yaml"]
    shell.told("split", "--issue", str(number), *split)
    (asked,) = shell.requests()
    assert asked.words["parent"] == str(number)
    message, _ = shell.refused("split", "--issue", "77", *split)
    assert "77" in message
