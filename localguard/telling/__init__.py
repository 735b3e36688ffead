"""What a person is told, in words and lines: the same in the console and in the commands.

Each module turns values of the floors below into safe lines of text; none knows a widget or a
command.

    entries       a line per record of the audit log
    definitions   what a server says of its items, and how that has changed
    differences   how two profiles differ, with `outlook` for which tools
    known         the tools that were ever listed
    backtest      recorded calls, judged anew
    rule_texts    a rule in the words of its file
"""
