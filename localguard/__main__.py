"""The entry point. `run` is dispatched first, before any command library loads."""

import sys


def main() -> int:
    """Run localguard with the process's arguments; the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"] and not {"--help", "-h"} & set(arguments[: _dashes(arguments)]):
        from localguard.cli.run import main as run

        return run(arguments[1:])
    from localguard.cli.commands import main as command

    return command(arguments)


def _dashes(arguments: list[str]) -> int:
    return arguments.index("--") if "--" in arguments else len(arguments)


if __name__ == "__main__":
    sys.exit(main())
