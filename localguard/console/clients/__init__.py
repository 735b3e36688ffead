"""Entries of desktop clients that are not as they were left, while the console is open.

`line` tells of them above every screen, and `key` leads here from each of them. `page` lists them
and `mending` shows what would start guards again, and does it. `ports` is what they need; `files`
looks at the clients' files (`stamps` says when again) and has `localguard connect` at hand.
"""
