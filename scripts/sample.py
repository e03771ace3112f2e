"""A sample repository with a HOME of its own, for benches: nothing of the person who runs them is read or written."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.core.vocabulary.values import Struct

GITCONFIG = "[user]\n\tname = A Bench\n\temail = bench@example.invalid\n"


class Sample(Struct, frozen=True, kw_only=True):
    """A repository with one commit, and the environment to run programs in it."""

    repository: Path
    env: dict[str, str]

    def run(self, *words: str) -> None:
        """Raises CalledProcessError, with what was said, where the program fails."""
        done = subprocess.run(
            words, cwd=self.repository, env=self.env, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, words, done.stdout, done.stderr)


@contextmanager
def sample() -> Iterator[Sample]:
    """Made in a temporary folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hubctl-bench-") as place:
        home, repository = Path(place, "home"), Path(place, "repository")
        home.mkdir()
        repository.mkdir()
        (home / ".gitconfig").write_text(GITCONFIG, encoding="utf-8")
        (repository / "README.md").write_text("# Sample\n", encoding="utf-8")
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMUX_TMPDIR": place}
        made = Sample(repository=repository, env=env)
        for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Begin")):
            made.run("git", *words)
        yield made
