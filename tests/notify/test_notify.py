"""Apprise against a real webhook on loopback, and what is said when it does not work: never an address."""

from collections.abc import Iterator

import pytest

from hubctl.core.ledger.alerts import labelled
from hubctl.core.messages.notices import Gravity, Notice
from hubctl.errors import HubError
from hubctl.notify.apprise import AppriseNotifier
from support.webhook import Webhook, listening

SECRET = "s3cr3t-w0rd"
NOTICE = Notice(title="2 alerts", body="WARNING: é\n    a", gravity=Gravity.WARNING, open=2)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with listening() as made:
        yield made


def notifier(*addresses: str) -> tuple[AppriseNotifier, str]:
    """With the label of the first address."""
    targets = labelled(addresses)
    return AppriseNotifier(targets, name="demo"), next(iter(targets))


@pytest.mark.parametrize(
    ("gravity", "kind"),
    [(Gravity.OVER, "success"), (Gravity.WARNING, "warning"), (Gravity.CRITICAL, "failure")],
)
def test_a_webhook_gets_title_text_and_kind(hook: Webhook, gravity: Gravity, kind: str) -> None:
    one, label = notifier(hook.address)
    one.notify(label, Notice(title=NOTICE.title, body=NOTICE.body, gravity=gravity, open=2))
    (document,) = hook.taken
    assert (document["title"], document["message"]) == ("hubctl demo: 2 alerts", NOTICE.body)
    assert document["type"] == kind


def test_nothing_to_tell_is_not_told(hook: Webhook) -> None:
    one, label = notifier(hook.address)
    one.notify(label, Notice(title="0 alerts", body="", gravity=Gravity.SILENT, open=1))
    assert hook.taken == []


def test_a_refusal_is_an_error_with_its_reason_and_without_a_password(hook: Webhook) -> None:
    hook.refusals = 1
    one, label = notifier(hook.address.replace("127", f"me:{SECRET}@127") + SECRET)
    with pytest.raises(HubError, match="503") as caught:
        one.notify(label, NOTICE)
    assert label == f"json://127.0.0.1:{hook.port}"
    assert SECRET not in f"{caught.value.message} {caught.value.cure}"
    one.notify(label, NOTICE)
    assert len(hook.taken) == 1


def test_nobody_listens(hook: Webhook) -> None:
    with listening() as gone:
        one, label = notifier(gone.address)
    with pytest.raises(HubError, match=f"`{label}` did not take the notice: .*[Cc]onnection"):
        one.notify(label, NOTICE)


@pytest.mark.parametrize("address", [f"nope://{SECRET}/", f"slack://{SECRET}", "json://:0/"])
def test_an_address_that_apprise_cannot_use_is_named_by_its_label_alone(address: str) -> None:
    one, label = notifier(address)
    for ask in (one.check, lambda: one.notify(label, NOTICE)):
        with pytest.raises(HubError, match="nothing that Apprise can use") as caught:
            ask()
        assert SECRET not in f"{caught.value.message} {caught.value.cure}"
        assert f"`{label}`" in caught.value.message


def test_a_target_that_left_the_configuration_is_an_error() -> None:
    one, _ = notifier("json://127.0.0.1:1/")
    with pytest.raises(HubError, match=r"not in hubctl\.yaml any more"):
        one.notify("json://127.0.0.1:2", NOTICE)
