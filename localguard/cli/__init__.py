"""The commands: what a person types, and what a client starts.

Data goes to stdout and messages to stderr; exit codes are in `exits`. Everything heavy is imported
inside the command that needs it, and `run` never loads what the others need.
"""
