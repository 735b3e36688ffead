"""The parts that the screens of rules, servers and profiles are made of.

`split` is a list with what is to be told of its marked line, `lines` draws told lines on a sheet.
"""
