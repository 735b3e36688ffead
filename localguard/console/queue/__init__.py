"""The queue: what waits for a person, everything there is to know of it, and the answer.

The modules named first know nothing of Textual.

    arguments    the arguments of a request, parsed once
    cautions     what a person should look at twice
    needle       what the filter asks for
    rows         which requests are shown, which one is looked at, which are marked
    batches      which requests may be answered together

    picked       what is picked in the panel of wider answers
    times        how long something waits

    screen       the screen: the table of its keys
    deciding     what decides      answering   an answer on its way, and what became of it
    looking      what is looked at, and when keys begin to count
    listing      the list          pane, detail, texts   what is shown of one request
    recent       what was closed   reading               a text over the screen
    over         dialogs over a request: scope, edit, note, batch
    json_area    the text area of edit
    signs        how grave a request is, as word, sign and colour
"""
