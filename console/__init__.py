"""Quarterdeck's Python half: the console, the command line, the supervisor and the clients they share.

Reading order: `core` (no Textual: paths, configuration, control), `supervisor` (owns the processes),
`cli` (the commands), `ui` (the console's panes), `store` (queries on PostgreSQL).
"""

__version__ = "0.1.0"
