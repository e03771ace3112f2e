"""A prompt is told of by a hook and by the transcript, early, late and again: it is one fact."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.intake.notice import notice
from hubctl.core.intake.observations import Delivered, HookSeen, Observation, OutcomeSeen, PromptSeen
from hubctl.core.intake.prompts import identities, is_news
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.prompt_marks import anywhere, mark, mark_of
from hubctl.core.ledger.state import HubState
from hubctl.core.messages import prompts
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.core.vocabulary.words import Proof
from support.core.builders import IDLE, NOW, ONE, REJECTED, TWO, WORKING, assigned, claimed, opened, worker_of
from support.core.stage import Stage

WORKER = worker_of(ONE, 1)
STATE = fold(WORKING)
NUDGE = prompts.nudge(STATE.threads[ONE])
TEXTS = [NUDGE, "Go on.", "Go  on.", "<task-notification>done"]


def hook(text: str, name: str, *, seconds: int = 0) -> HookSeen:
    at = NOW + timedelta(seconds=seconds)
    return HookSeen(at=at, worker=WORKER, name="UserPromptSubmit", prompt=text, prompt_id=name)


def line(text: str, *names: str, queued: bool = False) -> PromptSeen:
    return PromptSeen(at=NOW, worker=WORKER, prompt=text, prompt_ids=names, queued=queued)


def facts(state: HubState, *seen: Observation) -> list[e.Event]:
    """What all of them together make, one after the other."""
    found: list[e.Event] = []
    for one in seen:
        made = notice(state, one)
        state, found = fold(made, state), [*found, *made]
    assert state.anomalies == ()
    return found


# --- the law ------------------------------------------------------------------------------------------------------


class Told(Struct, frozen=True, kw_only=True):
    """A prompt and all that the two sources say of it."""

    text: str
    sightings: tuple[Observation, ...]


def _typed(text: str, number: int) -> Told:
    return Told(text=text, sightings=(hook(text, f"t{number}"), line(text, f"t{number}")))


def _queued_new(text: str, number: int) -> Told:
    """2.1.329: the hook has the running turn's id; the taken line has both."""
    queued, taken = line(text, f"r{number}", queued=True), line(text, f"r{number}", f"t{number}")
    return Told(text=text, sightings=(hook(text, f"r{number}"), queued, taken))


prompts_told = st.lists(
    st.tuples(st.sampled_from(TEXTS), st.sampled_from([_typed, _queued_new])), min_size=1, max_size=6
).map(lambda drawn: [make(text, number) for number, (text, make) in enumerate(drawn)])


@given(prompts_told, st.data())
def test_each_prompt_is_one_fact_whatever_tells_of_it_how_often(
    told: list[Told], data: st.DataObject
) -> None:
    every = [seen for one in told for seen in one.sightings]
    again = data.draw(st.lists(st.sampled_from(every), max_size=6))
    order = data.draw(st.permutations([*every, *again]))
    made = facts(STATE, *order)
    assert len(made) == len(told)
    assert sum(isinstance(fact, e.PromptProven) for fact in made) == sum(one.text == NUDGE for one in told)
    persons = [fact for fact in made if isinstance(fact, e.PromptTaken) and fact.by_person]
    assert len(persons) == sum(one.text.startswith("Go") for one in told)


@given(prompts_told, st.data())
def test_either_source_alone_tells_all(told: list[Told], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([HookSeen, PromptSeen]))
    seen = [one for each in told for one in each.sightings if isinstance(one, kind)]
    made = facts(STATE, *seen)
    assert len(made) == len(told)
    proofs = {fact.proof for fact in made if isinstance(fact, e.PromptProven)}
    assert proofs <= {Proof.HOOK if kind is HookSeen else Proof.TRANSCRIPT}


# --- the corners --------------------------------------------------------------------------------------------------


def test_the_older_clis_hook_of_a_queued_prompt_is_no_second_one() -> None:
    """2.1.197: no hook while it is queued, and one with a later id when its turn begins."""
    text = "queued"
    queued, begun, taken = line(text, "r", queued=True), hook(text, "t"), line(text, "r", "t")
    for order in ((queued, begun, taken), (queued, taken, begun), (taken, begun), (begun, taken)):
        assert len(facts(STATE, *order)) == 1, order


def test_the_words_of_a_queued_prompt_typed_again_are_told_of_by_the_transcript() -> None:
    made = facts(STATE, line("on", "r", queued=True), line("on", "r", "t"), hook("on", "u"), line("on", "u"))
    assert len(made) == 2


def test_a_hook_without_an_id_is_known_by_its_time() -> None:
    assert len(facts(STATE, hook("on", ""), hook("on", ""), hook("on", "", seconds=1))) == 2


def test_the_wrapper_of_a_long_paste_is_no_part_of_a_prompt() -> None:
    wrapped = '\n\n<pasted_content id="4c97">\none\ntwo\n</pasted_content id="4c97">\n'
    assert len(facts(STATE, hook(wrapped, "t"), line("one\ntwo", "t"))) == 1


def test_what_another_thread_has_heard_is_known() -> None:
    """A worker that takes up another thread keeps its session, and its transcript the old prompts."""
    (fact,) = notice(STATE, line("old", "t"))
    moved = fold([fact, opened(TWO), assigned(TWO)], STATE)
    assert notice(moved, replace(line("old", "t"), worker=worker_of(ONE, 1))) == ()


def test_feedback_that_the_hub_found_by_itself_is_not_proven_twice() -> None:
    stage = Stage(state=fold(REJECTED))
    stage.turn()
    text = prompts.feedback(stage.thread())
    action = stage.pending("deliver").action
    stage.see(OutcomeSeen(at=NOW, action=action, made=Delivered(proof=Proof.TRANSCRIPT)))
    assert [event for event in stage.log if isinstance(event, e.FeedbackProven)]
    assert notice(stage.state, line(text, "t")) == ()
    assert notice(stage.state, hook(text, "t")) == ()


def test_feedback_that_is_seen_after_the_next_claim_is_no_persons() -> None:
    text = prompts.feedback(fold(REJECTED).threads[ONE])
    assert facts(fold([*REJECTED, claimed()]), line(text, "t")) == []


def test_workers_of_nobody_are_not_heard() -> None:
    assert notice(STATE, replace(line("x", "t"), worker="w9-9")) == ()


def test_a_proof_by_transcript_is_a_proof() -> None:
    (fact,) = notice(fold(IDLE), line(NUDGE, "t"))
    assert isinstance(fact, e.PromptProven)
    assert (fact.proof, fact.heard) == (Proof.TRANSCRIPT, (f"t:{mark(NUDGE)}",))


@given(st.text(), st.text())
def test_the_mark_stands_in_every_identity(text: str, name: str) -> None:
    for identity in (*identities(line(text, name)), *identities(hook(text, name)), anywhere(text)):
        assert mark_of(identity) == mark(text)


def test_a_tasks_notification_is_known_by_its_text_alone() -> None:
    """A hook has the new turn's id; the transcript says with the old one that it waited, before or after that."""
    text = "<task-notification>\n<task-id>b1</task-id>"
    hook = HookSeen(at=NOW, worker="w1-1", name="UserPromptSubmit", prompt=text, prompt_id="new")
    waited = PromptSeen(at=NOW, worker="w1-1", prompt=text, prompt_ids=("old",), queued=True)
    assert identities(hook) == identities(waited)
    heard = frozenset(identities(hook))
    assert not is_news(waited, heard=[heard], queued=frozenset())
