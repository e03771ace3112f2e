"""What the code leans on can be read: every citation names a page of this repository, and a section that it has."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CITATION = re.compile(r"(?<![\w/.-])docs/[\w/-]+\.md(?:#[\w-]+)?")
ABSENT = re.compile(
    r"\b(?:DESIGN|HOUSE|STYLE)\b|\breference/\w|(?<![\w/.-])(?:claude-code(?:-2)?|tmux|github|values|peers|style)\.md\b"
)
"""Pages that were cited once, and which a reader of the repository never had."""
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[\w-]+)?\)")
TEXTS = ("README.md", "AGENTS.md", ".importlinter", "pyproject.toml")


def said(path: Path) -> str:
    """What a file says to its readers: of Python the comments and docstrings, of others all."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py" and not text.startswith("#!/usr/bin/env python"):
        return text
    marks = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = (mark.string for mark in marks if mark.type == tokenize.COMMENT)
    strings = (
        node.value.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
    return "\n".join([*comments, *(text for text in strings if isinstance(text, str))])


@cache
def anchors(page: Path) -> frozenset[str]:
    """The sections of a page, by the names that GitHub gives them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return frozenset(re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads)


def unmet(text: str, root: Path = ROOT) -> Iterator[str]:
    """Citations of pages or sections that are not there, a sentence each."""
    for citation in CITATION.findall(text):
        yield from _unmet(citation, root, root)
    for absent in ABSENT.findall(text):
        yield f"{absent} is no page of this repository"


def unmet_links(page: Path) -> Iterator[str]:
    """The same of a page's links to its neighbours."""
    for place, section in LINK.findall(page.read_text(encoding="utf-8")):
        yield from _unmet(f"{place}{section}", page.parent, page)


def _unmet(citation: str, folder: Path, own: Path) -> Iterator[str]:
    place, _, section = citation.partition("#")
    page = folder / place if place else own
    if not page.exists():
        yield f"{citation}: there is no such page"
    elif section and section not in anchors(page):
        yield f"{citation}: the page has no such section"


def readers_files() -> dict[Path, str]:
    """What is said in every file of the repository that may cite a page."""
    folders = ("hubctl", "support", "tests", "scripts", "policies", "templates", "docs")
    found = [
        path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in ("", ".py", ".md")
    ]
    passed = {"captures", "__pycache__"}
    texts = [path for path in found if path.is_file() and passed.isdisjoint(path.parts)]
    files = [*(ROOT / name for name in TEXTS), *sorted(texts)]
    return {path: said(path) for path in files if path != Path(__file__) and may_cite(path)}


def may_cite(path: Path) -> bool:
    """Few do, and to take Python apart takes its time."""
    text = path.read_text(encoding="utf-8")
    return bool(CITATION.search(text) or ABSENT.search(text))


def test_every_citation_names_a_page_and_a_section() -> None:
    files = readers_files()
    assert [f"{path.relative_to(ROOT)}: {what}" for path, text in files.items() for what in unmet(text)] == []


def test_the_pages_link_to_what_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "AGENTS.md", *sorted(DOCS.rglob("*.md"))]
    assert [f"{page.name}: {what}" for page in pages for what in unmet_links(page)] == []


def test_every_page_is_in_the_index_and_every_page_of_facts_is_leaned_on() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(DOCS) for page in DOCS.rglob("*.md") if page != DOCS / "README.md"]
    assert [str(page) for page in pages if f"({page})" not in index] == []
    code = [text for path, text in readers_files().items() if path.suffix != ".md"]
    cited = {name.partition("#")[0] for text in code for name in CITATION.findall(text)}
    assert [str(page) for page in pages if f"docs/{page}" not in cited] == []


@pytest.mark.parametrize(
    "text",
    [
        "see docs/attic.md",
        "see docs/design.md#attic",
        "Rules (DESIGN section 6.4): none.",
        "Measured (claude-code.md, section 4).",
        "It stands in reference/tmux.md.",
    ],
)
def test_a_citation_of_what_is_not_there_is_seen(text: str) -> None:
    assert list(unmet(text))


@pytest.mark.parametrize(
    "text", ["docs/design.md#laws", "code.claude.com/docs/en/hooks", "docs/README.md, the index"]
)
def test_what_is_there_is_let_through(text: str) -> None:
    assert list(unmet(text)) == []


def test_of_code_the_comments_and_docstrings_are_read(tmp_path: Path) -> None:
    module = tmp_path / "one.py"
    module.write_text('"""First."""\nx = "docs/data.md"  # second\n"""Third."""\n', encoding="utf-8")
    assert said(module) == "# second\nFirst.\nThird."


def test_a_link_to_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A head\n[1](other.md) [2](#a-head) [3](#none) [4](https://x.org)\n", encoding="utf-8")
    assert [what.partition(":")[0] for what in unmet_links(page)] == ["other.md", "#none"]
