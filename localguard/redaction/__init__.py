"""Redaction: what no text may carry on its way to the client, to the log or to a person.

Two things are looked for: kinds of text (`email`, `iban`, `card`, `phone`, `secret`) and registered
secrets, values that the guard itself handed to the server. What is found is replaced by
`[redacted: email]`, or by the name of the secret.

Not promised: a secret that is split over two messages or two strings, encrypted, compressed,
paraphrased or spelled in a way that `registered` does not list; numbers, which are no texts;
pictures and sound, and texts inside of large binary contents.

    redactor    `Redactor`: all that others use, for one text or one JSON value
    message     a whole JSON-RPC message of a server, and what of it must stay for the protocol
    plans       the table of that: which member of which message is kept, is a link, is binary
    registered  `Secrets`: registered values in all their spellings
    environment which variables of an environment hold a secret
    glance      a look that says surely that nothing is in a text, in a microsecond or two
    findings    places in a text, joined where they overlap, and replaced
    emails, ibans, cards, phones
                the kinds that people have
    formats     the forms of tokens that services give out
    named       values whose name says that they are secret
    chance      whether a text looks drawn by chance, or stands for a value
"""
