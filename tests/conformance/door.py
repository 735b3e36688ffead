"""The command of a server that is loaded elsewhere: hands over its streams, and ends with it.

Run as `python -I -S door.py SOCKET`, where `prefork` listens.
"""

import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    socket.send_fds(connection, [b"."], [0, 1, 2])
    connection.recv(1)
