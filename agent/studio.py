"""The graph as LangGraph Studio and Server open it (named in `langgraph.json`); they bring their own checkpointer."""

from __future__ import annotations

from agent.ask import Assistant
from agent.models import build_embedder
from agent.settings import ModelSettings
from tools.blog import BlogTools
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots

graph = Assistant(BlogTools(Snapshots(load_settings(), build_embedder(ModelSettings())))).graph()
