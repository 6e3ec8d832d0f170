"""Untrusted SQL: judged on its syntax tree, run on a locked connection in a child process, cut to limits."""
