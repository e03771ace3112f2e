"""The wheel is whole: installed alone, without the checkout, it can set a repository up and read its policy."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "hubctl",
    "support",
    "scripts",
    "policies",
    "templates",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
)


def run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment that has the wheel, and reads its dependencies from this one's."""
    place = tmp_path_factory.mktemp("wheel")
    source, wheels, venv = place / "source", place / "wheels", place / "venv"
    source.mkdir()
    for name in SOURCES:  # a copy: a build leaves nothing in the checkout
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, cwd=source)
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=place)
    python = venv / "bin" / "python"
    (wheel,) = wheels.iterdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    run(*pip, "install", "--no-index", "--no-deps", wheel, cwd=place)
    folder = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip()
    )
    # A .pth's own folder is searched, but the .pth files in it are not read: the editable hubctl stays out of sight.
    (folder / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_the_wheel_holds_hubctl_and_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    said = run(installed, "-c", "import hubctl; print(hubctl.__file__)", cwd=tmp_path)
    package = Path(said.strip()).parent
    assert package.is_relative_to(installed.parent.parent)
    assert [
        path.name for path in package.parent.iterdir() if path.is_dir() and path.suffix != ".dist-info"
    ] == ["hubctl"]


def test_the_installed_hubctl_sets_up_a_repository(installed: Path, repository: Path, tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    hubctl = installed.parent / "hubctl"
    run(hubctl, "init", cwd=repository, env=env)
    run(hubctl, "policy", "check", cwd=repository, env=env)
    status = json.loads(run(hubctl, "status", "--json", cwd=repository, env=env))
    assert status["threads"] == []
    assert (repository / "hubctl.yaml").is_file()
