"""The Messages API by its own SDK: the one door to `anthropic`, which is imported on use (docs/facts/values.md#imports).

Rules: the credential is always given by name, or the SDK would look for one in files of its own. One answer, not
streamed: the SDK translates every broken connection then, and in the middle of a stream it does not (2.12).
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hubctl.core.documents.planner import refused, said, unplanned
from hubctl.errors import HubError

if TYPE_CHECKING:
    from anthropic import Anthropic, APIStatusError

ALIASES: Final = {"opus": "claude-opus-5-5", "sonnet": "claude-sonnet-5-5", "haiku": "claude-haiku-5-5"}
"""The API knows no short names; these are what Claude Code 2.1.329 makes of them."""
MOST_TOKENS: Final = 32_000
"""Of an answer; every model since Claude 4 may give as many."""
RETRIES: Final = 2
LOGIN: Final = "Set `ANTHROPIC_API_KEY` to a key of the API, or plan with `--planner claude`."
CUT: Final = ("max_tokens", "model_context_window_exceeded")


def structured_answer(
    prompt: str, *, schema: Mapping[str, object], model: str, env: Mapping[str, str], seconds: float
) -> object:
    """The model's answer as JSON of that schema; `seconds` limits each attempt.

    Raises HubError for whatever keeps the model from answering so. Names an environment, never reads the process's
    own for a credential.
    """
    import anthropic

    name = ALIASES.get(model, model)
    try:
        with _client(env, seconds) as client:
            message = client.messages.create(
                model=name,
                max_tokens=MOST_TOKENS,
                messages=[{"role": "user", "content": prompt}],
                output_config={"format": {"type": "json_schema", "schema": dict(schema)}},
                timeout=seconds,
            )
    except anthropic.APIStatusError as error:
        raise refused(error.status_code, _told(error), model=name, login=LOGIN) from error
    except anthropic.APIConnectionError as error:
        raise HubError(
            f"The API cannot be reached for the planner: {said(error.__cause__ or error)}.",
            "Look at the network, and at `ANTHROPIC_BASE_URL`.",
        ) from error
    except (anthropic.AnthropicError, ValueError) as error:  # ValueError: a body that is no JSON
        raise unplanned(f"The planner's request failed: {said(error)}.") from error
    return _read(message)


def _client(env: Mapping[str, str], seconds: float) -> "Anthropic":
    import anthropic

    key, token = env.get("ANTHROPIC_API_KEY", "").strip(), env.get("ANTHROPIC_AUTH_TOKEN", "").strip()
    address = env.get("ANTHROPIC_BASE_URL", "").strip() or None
    if not (key or token):
        raise HubError("The planner `api` has no key: `ANTHROPIC_API_KEY` is not set.", LOGIN)
    if not (key or token).isprintable():  # the SDK's own complaint would show it
        raise HubError("The planner's key holds control characters, which cannot be sent.", LOGIN)
    if address and not _is_address(address):
        raise HubError(f"`ANTHROPIC_BASE_URL` is no address: {said(address)}.", "Write `https://HOST`.")
    return anthropic.Anthropic(
        api_key=key or None,
        auth_token=None if key else token,
        base_url=address,
        max_retries=RETRIES,
        timeout=seconds,
    )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _told(error: "APIStatusError") -> object:
    """The API's own sentence, where the body has one."""
    inner = error.body.get("error") if isinstance(error.body, dict) else None
    return inner.get("message", error.message) if isinstance(inner, dict) else error.message


def _read(message: object) -> object:
    """What is no Message came from something that is not the API, such as a proxy's page."""
    import anthropic

    if not isinstance(message, anthropic.types.Message) or not isinstance(message.content, list):
        raise unplanned(f"What answers the planner is not the API: {said(message)}.")
    text = "".join(block.text for block in message.content if block.type == "text")
    if message.stop_reason == "refusal":
        raise unplanned(f"The model declined to plan this task: {said(text)}.")
    if message.stop_reason in CUT:
        raise unplanned(f"The plan grew longer than {MOST_TOKENS} tokens and was cut; plan a smaller task.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unplanned(f"The planner answered in words instead of a plan: {said(text)}.") from error
