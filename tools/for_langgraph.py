"""BlogTools as LangChain tools: the text for the model, the result itself (as a dict) as the artifact."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool

from tools.blog import BlogTools
from tools.render import render


def langchain_tools(blog: BlogTools) -> list[BaseTool]:
    """One tool for each method of the blog, with its name, docstring and parameter schema."""
    return [_tool(method) for method in blog.all()]


def _tool(method: Callable[..., Any]) -> BaseTool:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        result = method(*args, **kwargs)
        return render(result), asdict(result)

    return StructuredTool.from_function(
        func=call, name=method.__name__, description=inspect.getdoc(method), response_format="content_and_artifact"
    )
