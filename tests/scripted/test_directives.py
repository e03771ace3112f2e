"""Directive lines in a prompt."""

from hubctl.scripted.directives import Directive, turns_in


def test_each_line_is_a_turn() -> None:
    assert turns_in("Do it:\n@bash echo hello\n\n@say Done.") == (
        (Directive(verb="bash", argument="echo hello"),),
        (Directive(verb="say", argument="Done."),),
    )


def test_a_plus_joins_the_turn_before() -> None:
    [turn] = turns_in("@read a.txt\n@+read b.txt\n@+read c.txt")
    assert [directive.argument for directive in turn] == ["a.txt", "b.txt", "c.txt"]


def test_a_plus_in_the_first_line_begins_a_turn() -> None:
    assert turns_in("@+say Hello.") == ((Directive(verb="say", argument="Hello."),),)


def test_two_characters_are_a_newline_or_a_tab() -> None:
    [[directive]] = turns_in("@write a.py def f():\\n\\treturn 1")
    assert directive.argument == "a.py def f():\n\treturn 1"


def test_an_argument_may_be_missing() -> None:
    assert turns_in("@long") == ((Directive(verb="long", argument=""),),)


def test_only_the_start_of_a_line_counts() -> None:
    assert turns_in("mail @say hello\n  @say hello\n@Say hello\n@README.md") == ()
