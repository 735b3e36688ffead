"""The processes of this machine: who started whom, since when, and on which terminal.

table      one process as the system sees it
sessions   its user, its session and terminal, its environment, and those above it
posix      the same where there is no /proc
windows    the same on Windows
"""
