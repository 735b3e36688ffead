"""What a person is told, in words and lines: the same in the console and in the commands.

Each module turns values of the floors below into safe lines of text; none knows a widget or a
command. Among these modules:

    entries       a line per record of the audit log
    definitions   what a server says of its items, and how that has changed
    reviews       a review of a server, question by question, with `subjects` and `pin_texts`
    profile_texts what a profile says
    differences   how two profiles differ, with `outlook` and `changes` for which tools
    loosening     why another policy may let more through, `edits` what was edited in its files
    known         the tools that were ever listed
    backtest      recorded calls, judged anew
    rule_texts    a rule in the words of its file, `rule_trial` what it does to the last calls
    learning      questions about the calls of the past: `learning_calls` says which of them teach,
                  `learning_groups` and `learning_conditions` what they have in common,
                  `learning_rules` what they could become and `learning_entries` what is written
    connections   what registering with a client changes, and what then is to be restarted
    first_looks   a server that nobody has reviewed, by its marks, with `marks_told`
    switching     what another profile in force would change
    people        persons and sign-ins, `signing_out` what became of a sign-out
    why           why a call was decided as it was
    unneeded      the rules and answers that no call has needed
"""
