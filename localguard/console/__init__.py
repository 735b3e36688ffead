"""The console: looks and answers, and holds no power of its own.

Whatever it can do, a command can do too; it is a view over the endpoints of guards, the profiles
and the audit log. The modules named first know nothing of Textual, and the commands in line mode
use them as well.

    hub          what is known of all guards, and the way to answer
    guards       the hub over the control endpoints
"""
