"""The control endpoint: how a console and a guard find each other and talk.

A guard publishes an endpoint file in the run folder and listens on a socket of its own. Whoever
connects proves that it has read the file, and who may only look is told from who may answer by the
process at the other end. It carries messages; what a request is, and what an answer does, is the
desk's.

    messages     what is said, as plain values
    wire         messages as lines of JSON, and back
    frames       lines of JSON with a limit, read and written
    handshake    both sides prove that they know the endpoint's key
    endpoint     the endpoint file and its lock: published, found, cleaned up
    folder, alive, listening   the run folder, the lock that says who lives, the socket
    board        what an endpoint needs of its guard, as interfaces
    feed         news, numbered and kept for consoles that come back
    fitting      what is said, cut into frames
    admission, half_open, connection   a console let in, told everything, obeyed at a pace
    server       the guard's side
    joining      how a console comes in
    client       the side of consoles and commands
    peers        which process is at the other end of a socket
    approver     whether that process may answer for the person: by who started it (ancestry),
                 its session (session_check), its variables (environments), and tables of
                 terminals and agents
    attention    a notification where no console is attached
"""
