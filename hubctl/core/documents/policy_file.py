"""POLICY.md read: the `yaml hubctl` blocks become a patch, all else is prose.

Every problem of the file is collected before anything is refused; a file with one problem says nothing at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hubctl.core.documents.fields import Fields, Problems
from hubctl.core.documents.policy import FileLine, Key, Override, PolicyPatch, RuleId, Setting, override
from hubctl.core.documents.policy_words import SECTIONS, Block, Reader, rule_keys, split_blocks
from hubctl.core.documents.yaml import Node, YamlError, parse_yaml
from hubctl.core.vocabulary.values import Struct, replace

UNITED = frozenset({("done", "requires"), ("permissions", "deny")})
"""Lists whose items are settings of their own (see `policy`)."""
NULLS = frozenset({("alerts", "quiet")})
"""What may be null, which says: none."""


def parse_policy_text(text: str, *, file: str) -> PolicyPatch:
    """Reads one POLICY.md; `file` is its name in messages and places.

    Raises HubError whose message has one line for each problem of the file.
    """
    reading = _Reading(file=file, problems=Problems(file))
    blocks, prose = split_blocks(text, reading.problems)
    for block in blocks:
        reading.read_block(block)
    reading.problems.settle()
    overrides = None if reading.overrides is None else tuple(reading.overrides)
    return PolicyPatch(
        file=file, settings=reading.settings, items=reading.items, overrides=overrides, prose=prose
    )


class _Said(Struct, frozen=True, kw_only=True):
    """A key as it stands in the file, its value not yet read."""

    key: Key
    reader: Reader
    fields: Fields

    @property
    def line(self) -> int:
        return self.fields.line_of(self.key[-1])


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A file half read: what it has said so far, in which lines, and what was wrong with it."""

    file: str
    problems: Problems
    settings: dict[Key, Setting] = field(default_factory=dict)
    items: dict[Key, FileLine] = field(default_factory=dict)
    overrides: list[Override] | None = None
    lines: dict[Key, int] = field(default_factory=dict)

    def read_block(self, block: Block) -> None:
        try:
            root = parse_yaml(block.text, file=self.file, first_line=block.line)
        except YamlError as error:
            self.problems.note(error.line, error.text)
            return
        top = Fields(root, self.problems, what="a policy", known=("rules", "overrides", *SECTIONS))
        for word in top.given:
            if word == "overrides":
                self.read_overrides(top)
            else:
                self.read_section(word, top)

    def read_section(self, word: str, top: Fields) -> None:
        for said in self.rules(top) if word == "rules" else self.section(word, top):
            first = self.lines.setdefault(said.key, said.line)
            if first != said.line:
                name = ".".join(said.key)
                self.problems.note(
                    said.line, f"`{name}` stands in line {first} and again here: keep one of the two"
                )
            self.take(said, self.settings)

    def rules(self, above: Fields) -> Iterator[_Said]:
        rules = above.below("rules", tuple(RuleId))
        for name in rules.given:
            readers = rule_keys(RuleId(name))
            fields = rules.below(name, tuple(readers))
            for key in fields.given:
                yield _Said(key=("rules", name, key), reader=readers[key], fields=fields)

    def section(self, word: str, top: Fields) -> Iterator[_Said]:
        readers = SECTIONS[word]
        fields = top.below(word, tuple(readers))
        for key in fields.given:
            yield _Said(key=(word, key), reader=readers[key], fields=fields)

    def take(self, said: _Said, settings: dict[Key, Setting]) -> None:
        fields, key = said.fields, said.key[-1]
        if fields.node(key) is None and said.key not in NULLS:
            fields.misfit(key, "write something, or leave it out")
        value = said.reader(fields, key)
        if key in fields.wrong:
            return
        if said.key not in UNITED:
            settings[said.key] = Setting(value=value, place=self.place(said.line))
        for item in value if isinstance(value, tuple) and not fields.plain(key) else ():
            name, place = (*said.key, str(item)), self.place(fields.line_of(key, str(item)))
            if said.key in UNITED:
                settings.setdefault(name, Setting(value=str(item), place=place))
            else:
                self.items[name] = place

    def place(self, line: int) -> FileLine:
        return FileLine(file=self.file, line=line)

    def read_overrides(self, top: Fields) -> None:
        """The overrides of several blocks follow each other; `overrides: []` is an answer, `overrides:` is none."""
        node = top.node("overrides")
        if node is None:
            return
        self.overrides = self.overrides or []
        if isinstance(node.value, tuple):
            self.overrides += [self.override(item) for item in node.value]
        else:
            top.misfit("overrides", "write a list, `- for: {role: NAME}`, then `rules`")

    def override(self, node: Node) -> Override:
        fields = Fields(node, self.problems, what="an override", known=("for", "rules"))
        changes: dict[Key, Setting] = {}
        for said in self.rules(fields):
            self.take(replace(said, key=said.key[1:]), changes)
        whom = fields.below("for", ("role", "label"))
        role, label = whom.text("role"), whom.text("label")
        if not (role or label or whom.wrong):
            self.problems.note(
                node.line, "this override is for nobody: write `for: {role: NAME, label: NAME}`"
            )
        return override(changes, role=role, label=label, place=self.place(node.line))
