"""Hosts as people write them for doors: what a line lets through, and what is no host."""

import pytest

from hubctl.core.vocabulary.hosts import parse_host


@pytest.mark.parametrize(
    ("text", "passes", "is_shut"),
    [
        ("registry.example.org", ("registry.example.org", 443), ("registry.example.org", 80)),
        ("Registry.Example.org.", ("registry.example.org", 443), ("example.org", 443)),
        ("*.example.org", ("a.b.example.org", 443), ("example.org", 443)),
        ("*.example.org", ("a.example.org", 443), ("evilexample.org", 443)),
        ("example.org:8443", ("example.org", 8443), ("example.org", 443)),
        ("10.0.0.7:80 private", ("10.0.0.7", 80), ("10.0.0.70", 80)),
    ],
)
def test_a_line_lets_its_own_name_and_port_through(
    text: str, passes: tuple[str, int], is_shut: tuple[str, int]
) -> None:
    host = parse_host(text)
    assert host
    assert host.covers(*passes)
    assert not host.covers(*is_shut)


@pytest.mark.parametrize("text", ["mirror", "*.example.org:8443 private", "a-b.example.org"])
def test_a_line_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_host(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.",
        "a b",
        "https://example.org",
        "example.org/path",
        "example.org:0",
        "example.org:70000",
        "a*.example.org",
        "example.org public",
        "user@example.org",
        "-a.example.org",
        "exa\nmple.org",
        "[::1]:443",
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    assert parse_host(text) is None
