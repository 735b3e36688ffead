"""The processes of this machine: who started whom, and since when.

table     one process as the system sees it
windows   the same on Windows
"""
