"""The tools, resources and prompts that the official conformance suite asks for by name, on the product's own server
class and HTTP application: `python tests/conformance/fixtures.py PORT`.

Unlike the product it keeps sessions and stores events: some scenarios need a way back to the client.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import warnings
from typing import Annotated, Any

import anyio
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    ClientCapabilities,
    Completion,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    InputRequiredResult,
    JSONRPCMessage,
    ListRootsRequest,
    SamplingCapability,
    SamplingMessage,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

from agent.mcp.http import http_app, run
from agent.mcp.protocol import StrictServer

# Logging, sampling and roots are deprecated, and still asked for by the suite.
warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", message=".*deprecated as of 2026-07-28.*")

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SILENCE = base64.b64encode(
    b"RIFF&\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0\x80>\0\0\x02\0\x10\0data\x02\0\0\0\0\0"
).decode()
ADDRESSED = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

server = StrictServer("conformance-fixtures", version="1")
tool: Any = server.tool(description="What its name says, for the conformance suite.")
prompt: Any = server.prompt(description="What its name says, for the conformance suite.")


def image() -> ImageContent:
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


def embedded(uri: str, text: str, kind: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=kind, text=text))


# Content


@tool
async def test_simple_text() -> TextContent:
    return TextContent(type="text", text="This is a simple text response for testing.")


@tool
async def test_image_content() -> ImageContent:
    return image()


@tool
async def test_audio_content() -> AudioContent:
    return AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")


@tool
async def test_embedded_resource() -> EmbeddedResource:
    return embedded("test://embedded-resource", "This is an embedded resource content.")


@tool
async def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    text = TextContent(type="text", text="Multiple content types test:")
    facts = embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return [text, image(), facts]


@tool
async def test_error_handling() -> str:
    raise ToolError("This tool intentionally returns an error for testing")


# Notifications


@tool
async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    for told in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(told)
        await anyio.sleep(0.05)
    return "done"


@tool
async def test_logging_tool(ctx: Context[Any, Any]) -> str:
    await ctx.info("only for those who asked to hear it")
    return "done"


@tool
async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"Completed step {done} of 100")
        await anyio.sleep(0.05)
    return "done"


@tool
async def test_reconnection(ctx: Context[Any, Any]) -> str:
    await ctx.info("before")
    await ctx.close_sse_stream()
    await anyio.sleep(0.2)
    await ctx.info("after")
    return "Reconnection test completed"


@tool
async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
    await ctx.notify_tools_changed()
    return "done"


@tool
async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
    await ctx.notify_prompts_changed()
    return "done"


# Asking the client, as in the handshake era


@tool
async def test_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    asked = [SamplingMessage(role="user", content=TextContent(type="text", text=prompt))]
    answer = await ctx.session.create_message(messages=asked, max_tokens=100, related_request_id=ctx.request_id)
    return f"LLM response: {getattr(answer.content, 'text', '')}"


class Person(BaseModel):
    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Annotated[str, Field(json_schema_extra={"enum": ["active", "inactive", "pending"]})] = "active"
    verified: bool = True


def _titled(*values: str) -> list[dict[str, str]]:
    return [{"const": value, "title": value.title()} for value in values]


class Choices(BaseModel):
    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})
    titledSingle: str = Field(json_schema_extra={"oneOf": _titled("value1", "value2", "value3")})
    legacyEnum: str = Field(json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]})
    untitledMulti: list[str] = Field(json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2"]}})
    titledMulti: list[str] = Field(json_schema_extra={"items": {"anyOf": _titled("value1", "value2")}})


async def elicited(ctx: Context[Any, Any], message: str, shape: type[BaseModel]) -> str:
    answer = await ctx.elicit(message, shape)
    content = answer.data.model_dump_json() if answer.action == "accept" else "{}"
    return f"Elicitation completed: action={answer.action}, content={content}"


@tool
async def test_elicitation(message: str, ctx: Context[Any, Any]) -> str:
    return await elicited(ctx, message, Person)


@tool
async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    return await elicited(ctx, "Who are you?", Defaults)


@tool
async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    return await elicited(ctx, "Choose.", Choices)


# Asking the client, as of 2026-07-28: a result that requires input


def form(message: str, **properties: str) -> ElicitRequest:
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": [*properties],
    }
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(text: str, most: int = 100) -> CreateMessageRequest:
    asked = [SamplingMessage(role="user", content=TextContent(type="text", text=text))]
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=asked, max_tokens=most))


def answers(ctx: Context[Any, Any], *keys: str) -> list[Any] | None:
    """The client's answers under these keys, None while one is missing or is not an answer."""
    given = ctx.input_responses or {}
    found = [given.get(key) for key in keys]
    return None if any(answer is None for answer in found) else found


def said(answer: Any) -> str:
    return json.dumps(answer.model_dump(mode="json", exclude_none=True))


@tool
async def test_input_required_result_elicitation(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    given = answers(ctx, "user_name")
    name = (getattr(given[0], "content", None) or {}).get("name") if given else None
    if name is None:
        return InputRequiredResult(input_requests={"user_name": form("What is your name?", name="string")})
    return f"Hello, {name}!"


@tool
async def test_streaming_elicitation(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    return await test_input_required_result_elicitation(ctx)


@tool
async def test_input_required_result_sampling(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    if (given := answers(ctx, "capital_question")) is None:
        return InputRequiredResult(input_requests={"capital_question": sampling("What is the capital of France?")})
    return said(given[0])


@tool
async def test_input_required_result_list_roots(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    if (given := answers(ctx, "client_roots")) is None:
        return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})
    return said(given[0])


@tool
async def test_input_required_result_request_state(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    if answers(ctx, "confirm") is None or ctx.request_state != "confirming":
        return InputRequiredResult(
            input_requests={"confirm": form("Please confirm", ok="boolean")}, request_state="confirming"
        )
    return "state-ok"


@tool
async def test_input_required_result_tampered_state(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    return await test_input_required_result_request_state(ctx)


@tool
async def test_input_required_result_multiple_inputs(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    given = answers(ctx, "user_name", "greeting", "client_roots")
    if given is None:
        return InputRequiredResult(
            input_requests={
                "user_name": form("What is your name?", name="string"),
                "greeting": sampling("Generate a greeting", 50),
                "client_roots": ListRootsRequest(),
            },
            request_state="several",
        )
    return " ".join(map(said, given))


@tool
async def test_input_required_result_multi_round(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    if ctx.request_state == "two" and answers(ctx, "step2"):
        return "done"
    if ctx.request_state == "one" and answers(ctx, "step1"):
        step = form("Step 2: What is your favorite color?", color="string")
        return InputRequiredResult(input_requests={"step2": step}, request_state="two")
    step = form("Step 1: What is your name?", name="string")
    return InputRequiredResult(input_requests={"step1": step}, request_state="one")


@tool
async def test_input_required_result_capabilities(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    if ctx.input_responses:
        return "done"
    can = ctx.client_capabilities
    wanted: dict[str, Any] = {}
    if can and can.sampling:
        wanted["text"] = sampling("Say something")
    if can and can.elicitation:
        wanted["name"] = form("What is your name?", name="string")
    return InputRequiredResult(input_requests=wanted) if wanted else "done"


@tool
async def test_missing_capability(ctx: Context[Any, Any]) -> str:
    can = ctx.client_capabilities
    if can is None or can.sampling is None:
        needed = ClientCapabilities(sampling=SamplingCapability()).model_dump(by_alias=True, exclude_none=True)
        told = {"requiredCapabilities": needed}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "this tool needs sampling", told)
    return "done"


# Schemas and headers


@tool
async def test_x_mcp_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})], note: str = ""
) -> str:
    return f"{region} {note}"


@tool
async def json_schema_2020_12_tool(name: str = "") -> str:
    return name


# Resources


@server.resource("test://static-text", mime_type="text/plain")
async def static_text() -> str:
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
async def static_binary() -> bytes:
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data", mime_type="application/json")
async def template(id: str) -> str:
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@server.resource("test://watched-resource", mime_type="text/plain")
async def watched() -> str:
    return "watched"


# Prompts


@prompt
async def test_simple_prompt() -> list[UserMessage]:
    return [UserMessage("This is a simple prompt for testing.")]


@prompt
async def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    return [UserMessage(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]


@prompt
async def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    content = embedded(resourceUri, "Embedded resource content for testing.")
    return [UserMessage(content), UserMessage("Please process the embedded resource above.")]


@prompt
async def test_prompt_with_image() -> list[UserMessage]:
    return [UserMessage(image()), UserMessage("Please analyze the image above.")]


@prompt
async def test_input_required_result_prompt(ctx: Context) -> Any:
    given = answers(ctx, "user_context")
    if given is None:
        wanted = form("What context should the prompt use?", context="string")
        return InputRequiredResult(input_requests={"user_context": wanted})
    return [UserMessage(f"Context: {said(given[0])}")]


# The rest


async def complete(ref: Any, argument: Any, context: Any) -> Completion:
    values = [value for value in ("paris", "park", "party") if value.startswith(argument.value)]
    return Completion(values=values, total=len(values), has_more=False)


async def set_level(ctx: Any, params: SetLevelRequestParams) -> EmptyResult:
    return EmptyResult()


class Events(EventStore):
    """Every event of this process, for clients that come back."""

    def __init__(self) -> None:
        self._events: list[tuple[str, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        if not last_event_id.isdecimal() or not 0 < int(last_event_id) <= len(self._events):
            raise MCPError(INVALID_PARAMS, "no such event")
        stream, _ = self._events[int(last_event_id) - 1]
        for number, (of, message) in enumerate(self._events, start=1):
            if of == stream and number > int(last_event_id) and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


def main(port: str) -> None:
    lowlevel: Any = server._lowlevel_server  # logging has no public way in: it is deprecated
    lowlevel.add_request_handler("logging/setLevel", SetLevelRequestParams, set_level)
    server._tool_manager.get_tool("json_schema_2020_12_tool").parameters = ADDRESSED  # type: ignore[union-attr]
    server.completion()(complete)  # type: ignore[no-untyped-call]
    server.offer_subscriptions()
    app = http_app(server, ["127.0.0.1", "localhost"], stateless=False, event_store=Events(), retry_interval=100)
    run(app, server, socket.create_server(("127.0.0.1", int(port))))


if __name__ == "__main__":
    main(*sys.argv[1:])
