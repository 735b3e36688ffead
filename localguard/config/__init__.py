"""What the person set: places, profile files and which profile is in force.

A file goes through here once and comes out as a `policy.profile.Profile`, or as faults that name
the line. Nothing here decides on a call, except for the `[[test]]` tables of a profile.

    paths       where every file of localguard lies
    links       what else is localguard's own, by links
    load        one file: owner, mode, size, UTF-8, TOML
    trust       who may have written a file, by its owner and mode (owners_windows: by its owner)
    lines       the line on which a key stands
    faults      what is wrong with a file, collected
    schema      the keys there are
    tables      reads the keys of one table by type
    values      hours, durations, dates and other texts that have a form
    patterns    `server/item` names
    conditions  `when` and `unless`
    rules       `[[rule]]`
    servers     `[servers.NAME]`
    build       a profile from its files
    tests       runs `[[test]]`
    managed     the organisation's policy, which joins every profile
    settings    config.toml
    active      the profile in force, followed through edits and switches
    lints       what a profile may say and seldom means
    json_schema a profile's JSON Schema, for editors (json_rules: of a rule, json_forms: its pieces)
    replace     how localguard writes a file of its own
"""
