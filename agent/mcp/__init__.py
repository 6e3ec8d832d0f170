"""The MCP server: tools, resources and prompts over one blog, on standard input and output or over HTTP."""
