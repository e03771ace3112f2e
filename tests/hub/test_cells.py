"""Whether workers get cells: off, wanted and required, with and without bubblewrap."""

import pytest

from hubctl.cells import start
from hubctl.core.documents.config import Containment
from hubctl.errors import HubError
from hubctl.hub.cells import uncontained


@pytest.mark.parametrize("wish", Containment)
def test_where_cells_can_be_made_nothing_is_said(wish: Containment) -> None:
    assert uncontained(wish) is None


def test_where_none_can_be_made_only_required_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PROGRAM", "no-such-bwrap")
    assert uncontained(Containment.OFF) is None
    why = uncontained(Containment.WANTED)
    assert why is not None
    assert "apt-get install bubblewrap" in why.cure
    with pytest.raises(HubError, match="bubblewrap is not installed"):
        uncontained(Containment.REQUIRED)
