"""An MCPServer that keeps the protocol's promises where the SDK leaves them to its user.

Schemas are listed without noise, what a client asks wrongly is told apart from what fails here, and a bug is masked:
the client gets an id, the log has that id with the traceback.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from typing import Any

from mcp import MCPError
from mcp.server import NotificationOptions
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedResourceError, UnexpectedToolError
from mcp.server.session import ServerSession
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated, ServerEvent
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolResult,
    EmptyResult,
    GetPromptResult,
    InputRequiredResult,
    ResourceListChangedNotification,
    SubscribeRequestParams,
    Tool,
    UnsubscribeRequestParams,
)
from pydantic import ValidationError

logger = logging.getLogger(__name__)


class StrictServer(MCPServer[Any]):
    """See the module. `publish` tells clients of changes, in either protocol era."""

    def __init__(self, name: str, **options: Any) -> None:
        self._bus = InMemorySubscriptionBus()
        self._subscribed: set[str] = set()
        self._handshake_client: ServerSession | None = None
        super().__init__(name, subscriptions=self._bus, **options)

    async def list_tools(self) -> list[Tool]:
        """The tools, their schemas self-contained and without the titles that only repeat names."""
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema = terse(tool.input_schema)
            if tool.output_schema is not None:
                tool.output_schema = terse(tool.output_schema, described=False)
        return tools

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Raises ToolError, its text fit for the model, for all that fails."""
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as error:
            raise ToolError(f"{name} failed: {masked(error)}") from error
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(f"{name}: {_told(error.__cause__)}") from error.__cause__
            raise

    async def read_resource(
        self, uri: Any, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Raises ResourceNotFoundError for an unknown address, ResourceError for all else that fails."""
        try:
            return await super().read_resource(uri, context)
        except UnexpectedResourceError as error:
            raise ResourceError(f"{uri} cannot be read: {masked(error)}") from error

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Raises MCPError: invalid params for an unknown prompt or a missing argument, else an internal error."""
        known = {prompt.name: prompt for prompt in await self.list_prompts()}
        if name not in known:
            raise MCPError(INVALID_PARAMS, f"there is no prompt {name!r}; the prompts are {', '.join(known)}")
        needed = [argument.name for argument in known[name].arguments or [] if argument.required]
        if missing := [argument for argument in needed if not (arguments or {}).get(argument)]:
            raise MCPError(INVALID_PARAMS, f"the prompt {name} needs {' and '.join(missing)}")
        try:
            return await super().get_prompt(name, arguments, context)
        except ValueError as error:  # the SDK's word for whatever a prompt raised
            cause = error.__cause__.__cause__ if error.__cause__ else None
            if isinstance(cause, ValidationError):
                raise MCPError(INVALID_PARAMS, f"{name}: {_told(cause)}") from error
            raise MCPError(INTERNAL_ERROR, f"the prompt {name} failed: {masked(error)}") from error

    async def publish(self, events: Iterable[ServerEvent]) -> None:
        """Tells every client that asked to hear of them."""
        for event in events:
            await self._bus.publish(event)
            if (client := self._handshake_client) is None:
                continue
            if isinstance(event, ResourceUpdated):
                if event.uri in self._subscribed:
                    await client.send_resource_updated(event.uri)
            else:
                await client.send_notification(ResourceListChangedNotification())

    def offer_subscriptions(self) -> None:
        """Lets a client of the handshake era subscribe; for transports with one lasting connection to one client."""

        async def subscribe(context: Any, params: SubscribeRequestParams) -> EmptyResult:
            self._subscribed.add(params.uri)
            return EmptyResult()

        async def unsubscribe(context: Any, params: UnsubscribeRequestParams) -> EmptyResult:
            self._subscribed.discard(params.uri)
            return EmptyResult()

        async def remember(ctx: Any, call_next: Any) -> Any:
            if ctx.method == "notifications/initialized":
                self._handshake_client = ctx.session
            return await call_next(ctx)

        server = self._lowlevel_server  # MCPServer has no public way to add these two methods
        server.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
        server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)
        self.middleware.append(remember)

    async def run_stdio_async(self) -> None:
        """Serves standard input and output, telling handshake clients of changes, too."""
        self.offer_subscriptions()
        server = self._lowlevel_server
        promised = server.create_initialization_options(NotificationOptions(resources_changed=True))
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, promised)

    def end_streams(self) -> None:
        """Ends the streams of clients that listen for changes, so that a shutdown need not wait for them."""
        entry = self._lowlevel_server.get_request_handler("subscriptions/listen")
        if entry is not None and isinstance(entry.handler, ListenHandler):
            entry.handler.close()


def masked(error: BaseException) -> str:
    """What a client is told of a bug; the log has the rest under the same id."""
    identity = secrets.token_hex(4)
    logger.error("fault %s", identity, exc_info=error)
    return f"a fault of this server, logged there as {identity}; try something else, or report it with that id"


def _told(error: ValidationError) -> str:
    """What is wrong with arguments, without the values and links that pydantic adds."""
    return "; ".join(
        f"{'.'.join(map(str, wrong['loc'])) or 'arguments'}: {wrong['msg'].removeprefix('Value error, ')}"
        for wrong in error.errors()
    )


def terse(schema: dict[str, Any], *, described: bool = True) -> dict[str, Any]:
    """The same JSON schema with references resolved, without generated titles, and, if not `described`, without
    descriptions and defaults; one written by hand, known by its $schema, stays as it is."""
    if "$schema" in schema:
        return schema
    definitions = schema.get("$defs", {})
    dropped = {"title", "$defs"} | (set() if described else {"description", "default"})

    def short(node: Any) -> Any:
        if isinstance(node, list):
            return [short(part) for part in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return short(definitions[node["$ref"].rpartition("/")[2]])
        if described is False and set(node) == {"anyOf"} and all(set(part) == {"type"} for part in node["anyOf"]):
            return {"type": [part["type"] for part in node["anyOf"]]}
        return {
            key: {name: short(part) for name, part in value.items()} if key == "properties" else short(value)
            for key, value in node.items()
            if key not in dropped and not (key == "additionalProperties" and value is True)
        }

    shortened: dict[str, Any] = short(schema)
    return shortened
