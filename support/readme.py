"""The blocks of README.md that the code knows better: `scripts/readme` writes them, a test looks at how.

A block lies between `<!-- begin:NAME -->` and `<!-- end:NAME -->`.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from hubctl.cli.verbs import VERBS
from hubctl.core.ledger.event import Event, kind_of
from hubctl.core.ledger.events import KINDS
from hubctl.core.ledger.transitions import TRANSITIONS
from support.live.drops import TABLE

BLOCK = re.compile(
    r"(?P<begin><!-- begin:(?P<name>[\w-]+) -->\n).*?(?P<end><!-- end:(?P=name) -->)", re.DOTALL
)


def rewrite(text: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """The text with each block made anew. Raises LookupError for a marker without block and a block without marker."""
    marked = [match["name"] for match in BLOCK.finditer(text)]
    begun = re.findall(r"<!-- (?:begin|end):([\w-]+) -->", text)
    if sorted(begun) != sorted(2 * list(blocks)) or sorted(marked) != sorted(blocks):
        raise LookupError(
            f"marks {', '.join(begun) or 'nothing'}; each of {', '.join(blocks)} must be marked once"
        )
    return BLOCK.sub(lambda match: f"{match['begin']}{blocks[match['name']]()}\n{match['end']}", text)


def differing(text: str, wanted: str) -> list[str]:
    """The names of the blocks that are not as wanted."""
    pairs = zip(BLOCK.finditer(text), BLOCK.finditer(wanted), strict=True)
    return [old["name"] for old, new in pairs if old[0] != new[0]]


# --- the blocks ---------------------------------------------------------------------------------------------------


def verbs() -> str:
    """A table of the CLI's verbs, in their own order."""
    return table(("verb", "does"), [(f"`hubctl {verb.name}`", verb.help) for verb in VERBS.values()])


def states() -> str:
    """The transition table as a Mermaid diagram: edges that change nothing are left out, those of one pair are one."""
    edges: dict[tuple[str, str], list[str]] = {}
    for state, row in TRANSITIONS.items():
        for event, to in row.items():
            if to is not state:
                edges.setdefault((state.value, to.value), []).append(kind_of(event))
    first = next(iter(TRANSITIONS))
    lines = [f"    {a} --> {b} : {', '.join(kinds)}" for (a, b), kinds in edges.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {first.value}", *lines, "```"])


def events() -> str:
    """A table of the log's events: kind, meaning and fields; `at` and `thread` are every event's."""
    rows = []
    for kind in KINDS:
        own = [f"`{name}`" for name in kind.__struct_fields__ if name not in Event.__struct_fields__]
        rows.append((f"`{kind_of(kind)}`", first_sentence(kind.__doc__ or ""), " ".join(own)))
    return table(("event", "what happened", "fields"), rows)


def drops() -> str:
    """A table of the scenarios that the live tests play with the real worker CLI."""
    rows = [(f"`{kind}`", row.dropped, row.relative) for kind, row in TABLE.items()]
    return table(("kind", "dropped", "not dropped, and nothing fires"), rows)


def first_sentence(docstring: str) -> str:
    """Up to the first full stop that ends a line or comes before a space and a capital letter or a backtick."""
    return re.split(r"(?<=\.)\s+(?=[A-Z`])", " ".join(docstring.split()), maxsplit=1)[0]


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [
        head,
        tuple("---" for _ in head),
        *(tuple(cell.replace("|", r"\|") for cell in row) for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


BLOCKS: dict[str, Callable[[], str]] = {"verbs": verbs, "states": states, "events": events, "drops": drops}
