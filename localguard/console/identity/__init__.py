"""Who is signed in, and every way to sign in from the console.

`line` tells it above every screen, and `key` leads here from each of them. `page`, with its `rows`,
shows all sign-ins and tokens; `signing_in` and `signing_out` make and end one. `trip` is the way to
a browser and back that they and the queue's fresh sign-in share. What all of them need is in
`console.sign_ins`.
"""
