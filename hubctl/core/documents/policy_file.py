"""POLICY.md read: the `yaml hubctl` blocks become a patch, all else is prose.

Every problem of the file is collected before anything is refused; a file with one problem says nothing at all.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hubctl.core.documents.policy import Key, Override, Place, PolicyPatch, RuleId, Setting, Value
from hubctl.core.documents.policy_words import (
    SECTIONS,
    Block,
    Problem,
    Reader,
    Wrong,
    against,
    read_name,
    rule_keys,
    shown,
    split_blocks,
    unknown,
)
from hubctl.core.documents.yaml import Node, parse_yaml
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.errors import HubError

UNITED = frozenset({("done", "requires"), ("permissions", "deny")})
"""Lists whose items are settings of their own (see `policy`)."""


def parse_policy_text(text: str, *, file: str) -> PolicyPatch:
    """Reads one POLICY.md; `file` is its name in messages and places.

    Raises HubError whose message has one line for each problem of the file.
    """
    pieces = split_blocks(text)
    reading = _Reading(file=file, problems=list(pieces.problems))
    for block in pieces.blocks:
        reading.read_block(block)
    if reading.problems:
        raise _refusal(file, reading.problems)
    overrides = None if reading.overrides is None else tuple(reading.overrides)
    return PolicyPatch(
        file=file, settings=reading.settings, items=reading.items, overrides=overrides, prose=pieces.prose
    )


def _refusal(file: str, problems: Iterable[Problem]) -> HubError:
    ordered = sorted(problems, key=lambda problem: problem.line)
    lines = dict.fromkeys(f"{Place(file=file, line=problem.line)}: {problem.text}" for problem in ordered)
    return HubError("\n".join(lines), "Correct what is named above and run the command again.")


class _Said(Struct, frozen=True, kw_only=True):
    """A key and its value as they stand in the file, not yet read."""

    key: Key
    reader: Reader
    node: Node
    line: int


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A file half read: what it has said so far, in which lines, and what was wrong with it."""

    file: str
    problems: list[Problem]
    settings: dict[Key, Setting] = field(default_factory=dict)
    items: dict[Key, Place] = field(default_factory=dict)
    overrides: list[Override] | None = None
    lines: dict[Key, int] = field(default_factory=dict)

    def read_block(self, block: Block) -> None:
        try:
            root = parse_yaml(block.text, file=self.file, first_line=block.line)
        except HubError as error:
            self.problems.append(_yaml_problem(error, self.file, block.line))
            return
        for word, node in self.pairs(root, ("rules", "overrides", *SECTIONS), "key of a policy"):
            if word == "overrides":
                self.read_overrides(node)
            else:
                self.read_section(word, node)

    def read_section(self, word: str, node: Node) -> None:
        for said in self.rules(node) if word == "rules" else self.section(word, node):
            first = self.lines.setdefault(said.key, said.line)
            if first != said.line:
                self.problems.append(_twice(said, first))
            self.take(said, self.settings)

    def rules(self, node: Node) -> Iterator[_Said]:
        for name, keys in self.pairs(node, tuple(RuleId), "rule"):
            readers = rule_keys(RuleId(name))
            for key, value in self.pairs(keys, readers, f"key of `{name}`"):
                yield _Said(key=("rules", name, key), reader=readers[key], node=value, line=keys.keys[key])

    def section(self, word: str, node: Node) -> Iterator[_Said]:
        readers = SECTIONS[word]
        for key, value in self.pairs(node, readers, f"key of `{word}`"):
            yield _Said(key=(word, key), reader=readers[key], node=value, line=node.keys[key])

    def pairs(self, node: Node, words: Iterable[str], what: str) -> Iterator[tuple[str, Node]]:
        """The pairs of a mapping whose keys are among `words`; a mapping may be left open (`rules:` and no more)."""
        if node.value is not None and not isinstance(node.value, dict):
            self.problems.append(
                against(node, f"`{shown(node)}` stands where a mapping must be: `key: value`.")
            )
        known = tuple(words)
        for word, value in node.items():
            if word in known:
                yield word, value
            else:
                self.problems.append(Problem(line=node.keys[word], text=unknown(word, known, what)))

    def take(self, said: _Said, settings: dict[Key, Setting]) -> None:
        try:
            value = said.reader(said.node)
        except Wrong as wrong:
            self.problems += wrong.problems
            return
        if said.key in UNITED and isinstance(value, tuple) and isinstance(said.node.value, tuple):
            for item, node in zip(value, said.node.value, strict=True):
                settings.setdefault((*said.key, str(item)), self.setting(str(item), node.line))
        else:
            settings[said.key] = self.setting(value, said.line)
            if isinstance(value, tuple) and isinstance(said.node.value, tuple):
                for item, node in zip(value, said.node.value, strict=True):
                    self.items[(*said.key, str(item))] = Place(file=self.file, line=node.line)

    def setting(self, value: Value, line: int) -> Setting:
        return Setting(value=value, place=Place(file=self.file, line=line))

    def read_overrides(self, node: Node) -> None:
        """The overrides of several blocks follow each other; `overrides: []` is an answer, `overrides:` is none."""
        if node.value is None:
            return
        self.overrides = self.overrides or []
        if isinstance(node.value, tuple):
            self.overrides += [self.override(item) for item in node.value]
        else:
            self.problems.append(
                against(node, "`overrides` must be a list: `- for: {role: NAME}`, then `rules`.")
            )

    def override(self, node: Node) -> Override:
        parts = dict(self.pairs(node, ("for", "rules"), "key of an override"))
        changes: dict[Key, Setting] = {}
        for said in self.rules(parts["rules"]) if "rules" in parts else ():
            self.take(replace(said, key=said.key[1:]), changes)
        whom = self.whom(parts["for"]) if "for" in parts else {}
        if not whom:
            self.problems.append(
                against(node, "this override is for nobody: `for: {role: NAME, label: NAME}`.")
            )
        place = Place(file=self.file, line=node.line)
        return Override(role=whom.get("role"), label=whom.get("label"), changes=changes, place=place)

    def whom(self, node: Node) -> dict[str, str]:
        """`role`, `label` or both; one that is wrong counts as said."""
        whom: dict[str, str] = {}
        for key, value in self.pairs(node, ("role", "label"), "key of `for`"):
            try:
                whom[key] = read_name(value)
            except Wrong as wrong:
                self.problems += wrong.problems
                whom[key] = ""
        return whom


def _yaml_problem(error: HubError, file: str, block_line: int) -> Problem:
    """Not every complaint about YAML has a line; then it is the block's."""
    message = " ".join(error.message.removeprefix(f"`{file}` ").split())
    match = re.match(r"line (\d+):? ", message)
    text = message[match.end() :] if match else message
    text = f"this {text}" if text.startswith("is ") else text
    return Problem(line=int(match[1]) if match else block_line, text=text)


def _twice(said: _Said, first: int) -> Problem:
    text = f"`{'.'.join(said.key)}` stands in line {first} and again here: keep one of the two."
    return Problem(line=said.line, text=text)
