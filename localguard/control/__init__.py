"""The control endpoint: how a console and a guard find each other and talk.

A guard publishes an endpoint file in the run folder and listens on a socket of its own. Whoever
connects proves that it has read the file, and who may only look is told from who may answer by the
process at the other end. It carries messages; what a request is, and what an answer does, is the
desk's.

    messages     what is said, as plain values, and their JSON
    frames       lines of JSON with a limit, read and written
    handshake    both sides prove that they know the endpoint's key
    endpoint     the endpoint file and its lock: published, found, cleaned up
    peers        which process is at the other end of a socket
    approver     whether that process may answer for the person
    server       the guard's side
    client       the side of consoles and commands
"""
