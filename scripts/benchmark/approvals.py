"""What a person waits for, measured with a real console in a real terminal.

A held call on the screen: from the request on the guard's stdin to the bytes that draw its line. A
key: from tmux having taken it to the answer at the client. Neither has tmux's own time taken out.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.benchmark.held import Session
from scripts.benchmark.pane import Pane
from scripts.benchmark.processes import memory
from scripts.benchmark.results import quantile
from scripts.benchmark.setting import trivial_server

ROUNDS = 30
STARTS = 7
GUARDS = 10
EACH = 100
PROFILE = 'version = 1\n[[rule]]\nask = "*/*"\n'
LOCALGUARD = (sys.executable, "-m", "localguard")


def main() -> int:
    """Measure and print."""
    with _home() as (folder, env):
        pane = Pane(folder, env, (120, 40))
        try:
            print(f"console start        {_told(_starts(pane))}")
            shown, sent = _answers(pane, env)
            print(f"held call on screen  {_told(shown)}")
            print(f"key to answer        {_told(sent)}")
            moved, resident = _many(pane, env)
            print(f"{GUARDS} guards x {EACH} held: a key redraws after {_told(moved)}")
            print(f"memory of the console then: {resident:.0f} MiB")
        finally:
            pane.close()
    return 0


@contextmanager
def _home() -> Iterator[tuple[Path, dict[str, str]]]:
    with TemporaryDirectory(prefix="lg-bench-") as name:
        folder = Path(name)
        profiles = folder / "home/profiles"
        profiles.mkdir(mode=0o700, parents=True)
        (profiles / "bench.toml").write_text(PROFILE)
        (folder / "home/config.toml").write_text('[approvals]\nhold = "10m"\nnotify = "off"\n')
        env = {"PATH": os.environ["PATH"], "HOME": name, "LOCALGUARD_HOME": str(folder / "home")}
        use = [*LOCALGUARD, "profile", "use", "bench"]
        subprocess.run(use, env=env, check=True, stdout=subprocess.DEVNULL)
        yield folder, env


def _starts(pane: Pane) -> list[float]:
    times = []
    for _ in range(STARTS):
        pane.forget()
        begin = pane.press(" ".join(LOCALGUARD), "Enter")
        times.append(pane.until("profile ") - begin)
        pane.until("detach")
        pane.forget()
        pane.press("q")
        pane.until("$ ", "# ")
    return times


def _answers(pane: Pane, env: dict[str, str]) -> tuple[list[float], list[float]]:
    shown, sent = [], []
    pane.press(" ".join(LOCALGUARD), "Enter")
    pane.until("detach")
    with Session(_guard(), env) as client:
        client.handshake()
        for number in range(ROUNDS):
            pane.forget()
            begin = client.call(f"tool{number:03}")
            shown.append(pane.until(f"tool{number:03}") - begin)
            pane.press("Down")
            pane.until("●")
            begin = pane.press("a")
            sent.append(client.answer() - begin)
    return shown, sent


def _many(pane: Pane, env: dict[str, str]) -> tuple[list[float], float]:
    sessions = [Session(_guard(), env) for _ in range(GUARDS)]
    try:
        for number, client in enumerate(sessions):
            client.handshake()
            for call in range(EACH):
                client.call(f"tool{number:02}x{call:03}")
        pane.until(f"pending {GUARDS * EACH}")
        moved = []
        for _ in range(ROUNDS):
            pane.forget()
            begin = time.perf_counter()
            pane.press("Down")
            moved.append(pane.until("▶") - begin)
        return moved, memory([_console_pid(env)])[0]
    finally:
        for client in sessions:
            client.close()


def _guard() -> Sequence[str]:
    return (*LOCALGUARD, "run", "--name", "bench", "--", *trivial_server())


def _console_pid(env: dict[str, str]) -> int:
    found = subprocess.run(
        ["pgrep", "-f", "^.*python.* -m localguard$"], capture_output=True, text=True, check=True
    )
    homes = {int(pid): Path(f"/proc/{pid}/environ").read_bytes() for pid in found.stdout.split()}
    mark = f"LOCALGUARD_HOME={env['LOCALGUARD_HOME']}".encode()
    return next(pid for pid, home in homes.items() if mark in home)


def _told(times: Sequence[float]) -> str:
    middle, most = quantile(times, 0.5), quantile(times, 0.95)
    return f"p50 {middle * 1000:6.1f} ms   p95 {most * 1000:6.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
