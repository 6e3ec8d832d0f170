"""A Jupyter notebook's source as Markdown: its text and its code, without outputs.

https://nbformat.readthedocs.io/en/latest/format_description.html, versions 3 and 4.
"""

from __future__ import annotations

import json
from typing import Any

from warehouse.errors import ParseError
from warehouse.markdown import fenced


def notebook_markdown(text: str) -> str:
    """The cells in order, code fenced with the notebook's language.

    Raises ParseError when the text is no notebook.
    """
    try:
        notebook = json.loads(text)
        language = _language(notebook)
        parts = [_cell(cell, language) for cell in _cells(notebook)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ParseError("it is not a Jupyter notebook") from error
    return "\n\n".join(part for part in parts if part) + "\n"


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    if "cells" in notebook:
        return list(notebook["cells"])
    return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]


def _language(notebook: dict[str, Any]) -> str:
    about = notebook.get("metadata", {})
    return str(about.get("language_info", {}).get("name") or about.get("kernelspec", {}).get("language") or "python")


def _cell(cell: dict[str, Any], language: str) -> str:
    source = cell.get("source", cell.get("input", ""))
    text = ("".join(source) if isinstance(source, list) else str(source)).strip()
    if cell["cell_type"] == "code":
        return fenced(text, language) if text else ""
    if cell["cell_type"] == "heading":
        return "#" * int(cell.get("level", 1)) + f" {text}"
    return text
