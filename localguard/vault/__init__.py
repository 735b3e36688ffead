"""The keys and secrets of one person on this machine.

Whoever asks names what it needs and gets it, or a fault with the fix; where it is kept is nobody
else's business. Nothing here is ever replaced in silence: a key that is gone takes with it what it
could prove.

    keys.py       keys that localguard makes for itself, by name
"""
