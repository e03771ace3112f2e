"""Prints the fate of each mutant of the core: `scripts/check_mutants`."""

import sys
from concurrent.futures import ProcessPoolExecutor

from support.core.mutants import INVISIBLE, MOST_STORIES, MUTANTS, WHOLE_STORIES, Fate, fate


def _row(found: Fate) -> str:
    if found.story is None:
        return f"{found.mutant:34} SURVIVES {MOST_STORIES} stories"
    return f"{found.mutant:34} the law fails in story {found.story:4}: {found.said.partition(', Ball')[0]}"


def _chosen(words: list[str]) -> list[int]:
    """The mutants whose names hold one of the words; all without words. What the law cannot see is not played."""
    named = [n for n, m in enumerate(MUTANTS) if not words or any(word in m.name for word in words)]
    return sorted(named, key=lambda n: MUTANTS[n].rule in INVISIBLE)


def main(words: list[str]) -> int:
    """1 where a mutant survives, or the whole core does not; 2 where no mutant is named so."""
    chosen = _chosen(words)
    if not chosen:
        print(f"check_mutants: no rule is named `{' '.join(words)}`\nscripts/check_mutants", file=sys.stderr)
        return 2
    played = [number for number in chosen if MUTANTS[number].rule not in INVISIBLE]
    with ProcessPoolExecutor() as pool:
        whole = pool.submit(fate, -1, WHOLE_STORIES)
        fates = pool.map(fate, played)
        if whole.result().story is not None:
            print(f"check_mutants: with all rules in place {_row(whole.result())}", file=sys.stderr)
            return 1
        survivors = [found for found in fates if _told(found)]
    for number in chosen[len(played) :]:
        mutant = MUTANTS[number]
        print(f"{mutant.name:34} not needed: {INVISIBLE[mutant.rule] if mutant.rule else ''}")
    return int(bool(survivors))


def _told(found: Fate) -> bool:
    """Printed; whether it survived."""
    print(_row(found), flush=True)
    return found.story is None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
