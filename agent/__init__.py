"""Who decides which tool to use, and how people and programs reach it."""
