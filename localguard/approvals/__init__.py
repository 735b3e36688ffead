"""The approvals floor: what is asked of a person, and how an answer is waited for.

Knows calls and decisions, never frames: what the wire makes of an answer is the relay's business.
"""
