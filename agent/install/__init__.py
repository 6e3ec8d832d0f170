"""Telling MCP clients on this machine of the server, in their own configuration files."""
