"""A process that would answer: it connects to the socket given, and stays until that one closes."""

import socket
import sys

if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(sys.argv[1])
        connection.recv(1)
