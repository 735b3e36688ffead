"""The tools of the official conformance suite that ask their client for something, in both eras.

A tool of 2025-11-25 asks with requests of its own; one of 2026-07-28 answers that input is required
and is called again with it (basic/patterns/mrtr). It knows nothing of localguard.
"""

from typing import Any

from mcp import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
)

from tests.conformance.schemas import DEFAULTS, ENUMS, PERSON, form
from tests.conformance.tools import Call, Outcome, content, offer, text


def question(message: str, **properties: Any) -> ElicitRequest:
    """A question to the person."""
    params = ElicitRequestFormParams(message=message, requested_schema=form(**properties))
    return ElicitRequest(params=params)


def model(prompt: str) -> CreateMessageRequest:
    """A question to the client's model."""
    message = SamplingMessage(role="user", content=text(prompt))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=100)
    )


@offer("test_sampling", form(prompt={"type": "string"}))
async def sampling(call: Call) -> Outcome:
    """Asks the client's model."""
    related = ServerMessageMetadata(related_request_id=call.id)
    wish = model(call.argument("prompt"))
    found = await call.session.send_request(wish, CreateMessageResult, metadata=related)
    return content(text(f"LLM response: {found.content}"))


@offer("test_elicitation", form(message={"type": "string"}))
async def elicitation(call: Call) -> Outcome:
    """Asks the person for a name and an address."""
    return await elicit(call, call.argument("message"), PERSON)


@offer("test_elicitation_sep1034_defaults")
async def elicitation_defaults(call: Call) -> Outcome:
    """Asks the person with defaults of every type."""
    return await elicit(call, "Are these right?", DEFAULTS)


@offer("test_elicitation_sep1330_enums")
async def elicitation_enums(call: Call) -> Outcome:
    """Asks the person to choose, in every way there is."""
    return await elicit(call, "Which ones?", ENUMS)


async def elicit(call: Call, message: str, schema: dict[str, Any]) -> CallToolResult:
    """A request of the server's own, and what became of it."""
    found = await call.session.elicit_form(message, schema, related_request_id=call.id)
    return content(text(f"Elicitation completed: action={found.action}, content={found.content}"))


NAME = question("What is your name?", name={"type": "string"})
COLOR = question("What is your favorite color?", color={"type": "string"})
CONFIRM = question("Please confirm", ok={"type": "boolean"})
CAPITAL = model("What is the capital of France?")
ROOTS = ListRootsRequest()


def offer_round(suffix: str, state: str | None = None, **wishes: InputRequest) -> None:
    """Offer a tool that needs answers to these wishes, and its state back."""

    @offer(f"test_input_required_result_{suffix}")
    async def ask(call: Call) -> Outcome:
        """Needs input before it is complete."""
        if not wishes.keys() <= (call.params.input_responses or {}).keys():
            return InputRequiredResult(input_requests=wishes, request_state=state)
        if call.params.request_state != state:
            raise MCPError(INVALID_PARAMS, "this is not the state that was given")
        return content(text("Thank you, state-ok."))


offer_round("elicitation", user_name=NAME)
offer_round("sampling", capital_question=CAPITAL)
offer_round("list_roots", client_roots=ROOTS)
offer_round("request_state", "asked", confirm=CONFIRM)
offer_round("tampered_state", "asked", confirm=CONFIRM)
offer_round("multiple_inputs", "asked", user_name=NAME, greeting=CAPITAL, client_roots=ROOTS)


@offer("test_input_required_result_multi_round")
async def multi_round(call: Call) -> Outcome:
    """Needs input twice."""
    match call.params.request_state:
        case None:
            return InputRequiredResult(input_requests={"step1": NAME}, request_state="one")
        case "one":
            return InputRequiredResult(input_requests={"step2": COLOR}, request_state="two")
        case _:
            return content(text("Two rounds were made."))


@offer("test_input_required_result_capabilities")
async def capabilities(call: Call) -> Outcome:
    """Needs whatever the client can give."""
    has = call.session.client_capabilities
    wishes: dict[str, InputRequest] = {}
    if has is not None and has.sampling is not None:
        wishes["model"] = CAPITAL
    if has is not None and has.elicitation is not None:
        wishes["person"] = NAME
    return InputRequiredResult(input_requests=wishes, request_state="asked")


@offer("test_streaming_elicitation")
async def streaming_elicitation(_: Call) -> Outcome:
    """Needs a name, and asks for it in its answer."""
    return InputRequiredResult(input_requests={"user_name": NAME})


@offer("test_missing_capability")
async def missing_capability(call: Call) -> Outcome:
    """Works only with a client that has a model."""
    has = call.session.client_capabilities
    if has is None or has.sampling is None:
        data: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling is required", data)
    return content(text("The client has a model."))
