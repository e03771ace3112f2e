"""A project with a hub of its own, for tests that run the real worker CLI; everything of it ends with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.live.project import Project


@pytest.fixture
def project(
    repository: Path, claude: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Project]:
    """A repository with a workers' HOME, a configuration that is trusted, and a scripted model."""
    cell = "required" if request.config.getoption("--cells") else "off"
    made = Project.make(repository, claude, tmp_path, cell=cell)
    try:
        yield made
    finally:
        made.end()
