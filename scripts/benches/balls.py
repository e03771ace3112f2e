"""How many dropped balls are found, and how soon: simulated lives with the truth beside them, undisturbed and disturbed.

A drop is found by the first order of its rule: a nudge, a restart, an alert. `first` is the time from the moment the rule
allows to that order, `alert` the one from the moment of its first rung that tells a person (seconds; median and most).
Where the fact itself is the drop (an open question, an error that was reported) the rule allows it at once. An order
before that moment, or of a kind that was not dropped there, is wrong. With all rules off nothing may be found.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median

from hubctl import __version__
from support.stories.lives.kept import KEPT
from support.stories.score import ACTING, DROPPED, Score, played, score, shipped
from support.stories.stand import Played

HEADER = f"{'kind':20} {'drops':>5} {'found':>5} {'wrong':>5} {'precision':>9} {'recall':>6} | {'first':>13} | {'alert':>13}"


# --- the print ----------------------------------------------------------------------------------------------------


def _row(kind: str, mine: Score) -> str:
    acting = "" if kind in ACTING or mine.found else "  not found"
    return (
        f"{kind:20} {mine.drops:5} {mine.found:5} {len(mine.wrong):5} {mine.precision:9.2f} {mine.recall:6.2f} |"
        f" {_span(mine.first):>13} | {_span(mine.alert):>13}{acting}"
    )


def _span(delays: Sequence[float]) -> str:
    return f"{median(delays):.1f} / {max(delays):.1f}" if delays else "-"


def _told(scores: dict[str, Score]) -> Iterator[str]:
    """Each error by name, for those who want to mend it."""
    for kind, mine in scores.items():
        for what, names in (("wrong", mine.wrong), ("missed", mine.missed if kind in ACTING else [])):
            for name in sorted(set(names)):
                yield f"  {what} {kind}: {name}, {names.count(name)} times"


def _fine(scores: dict[str, Score]) -> bool:
    precise = all(mine.precision == 1.0 for mine in scores.values())
    return precise and not any(scores[kind].missed for kind in ACTING)


def bench(seeds: int) -> bool:
    """Prints the tables; False where an undisturbed story was misread, or the control found something."""
    began, policy = time.monotonic(), shipped()
    count = seeds * (len(DROPPED) + len(KEPT))
    print(
        f"bench balls  hubctl {__version__}  {count} stories, {len(KEPT) * seeds} of them with nothing dropped"
    )
    results: dict[str, list[Played]] = {}
    with ProcessPoolExecutor() as pool:
        for how in ("undisturbed", "disturbed", "off"):
            jobs = [(n, seed, how) for seed in range(seeds) for n in range(len(DROPPED) + len(KEPT))]
            results[how] = list(pool.map(played, jobs, chunksize=16))
    fine = True
    for how in ("undisturbed", "disturbed"):
        scores = score(results[how], policy)
        print(f"\n{how}\n{HEADER}")
        for line in (*(_row(kind, mine) for kind, mine in scores.items()), *_told(scores)):
            print(line)
        fine = fine and (how == "disturbed" or _fine(scores))
    control = [f"{m.kind} in {one.story.name}" for one in results["off"] for m in one.detections]
    print(f"\nall rules off: {len(control)} detections {sorted(set(control))[:12] or ''}")
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    return fine and not control


def main(words: list[str]) -> int:
    """1 where a drop of an acting kind was missed or something was wrong in the undisturbed stories, or in the control."""
    if words not in ([], ["--quick"]):
        print("balls: it knows `--quick` alone\nscripts/bench balls --quick", file=sys.stderr)
        return 2
    return int(not bench(1 if words else 8))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
