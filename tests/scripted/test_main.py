"""The command line of the scripted model."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TIMEOUT = 60.0


@contextmanager
def program(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "hubctl.scripted", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_well_when_told(tmp_path: Path, end: signal.Signals) -> None:
    ready, log = tmp_path / "ready", tmp_path / "log.jsonl"
    with program("--port", "0", "--ready", str(ready), "--log", str(log)) as started:
        assert started.stdout is not None
        url = started.stdout.readline().strip()
        urllib.request.urlopen(f"{url}/v1/models", timeout=TIMEOUT).close()
        started.send_signal(end)
        assert started.communicate(timeout=TIMEOUT) == ("", "")
        assert started.returncode == 0
    assert ready.read_text() == f"{url}\n"
    assert len(log.read_text().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl", "ready"]


def test_it_ends_at_once_while_an_answer_is_held_back(tmp_path: Path) -> None:
    script = tmp_path / "s.yaml"
    script.write_text("scripts: [{when: x, steps: ['@hold 3600']}]")
    log = tmp_path / "log.jsonl"
    with program("--script", str(script), "--log", str(log)) as started:
        assert started.stdout is not None
        url = started.stdout.readline().strip()
        asking = (
            f"import urllib.request as u; u.urlopen('{url}/v1/messages', "
            'b\'{"tools": [{"name": "Bash"}], "messages": [{"role": "user", "content": "x"}]}\')'
        )
        with subprocess.Popen([sys.executable, "-c", asking], stderr=subprocess.DEVNULL) as client:
            while not log.read_text():
                assert client.poll() is None
            started.terminate()
            assert started.wait(TIMEOUT) == 0
            assert client.wait(TIMEOUT) != 0


def test_a_mistake_is_told_with_its_line_and_its_cure(tmp_path: Path) -> None:
    script = tmp_path / "s.yaml"
    script.write_text("scripts:\n- when: x\n  steps: ['@frob']\n")
    with program("--script", str(script)) as started:
        told, complaint = started.communicate(timeout=TIMEOUT)
    assert (started.returncode, told) == (1, "")
    assert f"`{script}` line 3: unknown directive frob." in complaint
    assert "Write one of:" in complaint


def test_a_ready_file_that_cannot_be_written_ends_it(tmp_path: Path) -> None:
    with program("--ready", str(tmp_path / "none" / "ready")) as started:
        _, complaint = started.communicate(timeout=TIMEOUT)
    assert started.returncode == 1
    assert "The ready file" in complaint
