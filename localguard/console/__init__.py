"""The console: looks and answers, and holds no power of its own.

Whatever it can do, a command can do too; it is a view over the endpoints of guards, the profiles
and the audit log.

What is known, without a widget; the commands in line mode use the first of these as well:

    hub                  what is known of all guards, and the way to answer
    guards               the hub over the control endpoints
    following, together  one guard until it ends; those that are there at the start
    gathered             what guards have said, as one picture
    latest               the picture as it was delivered last
    pace                 how often a person is asked, and says no
    arming               when a key may decide
    scripts              letters of two scripts that look alike

What screens need beside the hub:

    services             as protocols
    sign_ins             those of signing in
    all_guards           lockdown and silence
    remembered_answers   what "always" writes, and undo
    logged_past          what came before a call

What every screen is made of:

    app                  the program: screens, and the news for them
    page, dialog         a screen, and a box over one
    header, banners      the lines above: the state, and what keeps calls from passing
    keys                 the table of keys below
    lock                 `arming` of one screen, as it is drawn
    confirm, leave, help     the boxes that any screen may show
    sheet, entry         text that is read, and fields that are typed into
    content              the one way a string reaches a widget
    theme                colours

The screens, each with a list of its modules:

    queue                what waits, and the answer
    log                  the audit log as it grows
    rules                what is in force, and the way back
    servers              guards, tools, and their review
    profiles             which there are, the switch, and what was edited
    identity             who is signed in, and every way to sign in
    clients              entries of desktop clients that are not as they were left
    panes                what the last five are made of
"""
