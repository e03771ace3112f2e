"""Which rules the worker CLI is given where the hub judges: none that would decide before it."""

import pytest

from hubctl.permissions.cli_rules import for_cli


@pytest.mark.parametrize(
    ("allow", "ask", "given"),
    [
        (["Bash(ls *)", "WebFetch"], [], (["Bash(ls *)", "WebFetch"], [])),
        (["Bash", "WebFetch"], ["Bash(rm *)"], (["WebFetch"], [])),
        (["Edit(/**)", "Write"], ["Edit(.git)"], ([], [])),
        (["Read(/**)", "Edit(/**)"], ["Read(*.pem)"], (["Read(/**)", "Edit(/**)"], ["Read(*.pem)"])),
        (["Read(/**)", "Write"], ["Edit(.git)", "Read(*.pem)"], (["Read(/**)"], ["Read(*.pem)"])),
    ],
)
def test_an_ask_is_the_hubs_and_so_is_what_it_may_except(
    allow: list[str], ask: list[str], given: tuple[list[str], list[str]]
) -> None:
    assert for_cli(allow, ask) == given
