"""Looks for what is wrong on this machine, and says what to do; mends what can be taken back.

Each check reads, and changes nothing. A repair is a value that waits for a yes.
"""
