"""Programs by name: what stands between a person and their shells, and what only pretends to.

Two processes of one desktop always share some ancestors; the ones here say nothing of who started
whom, since no client starts them: it is started by them. A data table, and no more than that:
names prove nothing alone. Where the file that a process runs can be seen, that one's name counts.
"""

from typing import Final

from localguard.processes.sessions import Member

SHELLS: Final = frozenset(
    {"sh", "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu", "pwsh"}
    | {"tcsh", "xonsh", "yash", "zsh"}
)

MANAGERS: Final = frozenset(
    {
        "systemd",  # also the user's own, `systemd --user`
        "init",  # System V, busybox; below WSL also the relay of a window
        "launchd",  # macOS
        "openrc-init",
        "runit",
        "s6-svscan",
        "dinit",
    }
)
"""Service managers: whoever has lost its parent gets one of them."""

DESKTOPS: Final = frozenset(
    # GNOME, KDE, Xfce, Cinnamon, MATE, LXQt, COSMIC: the shell, the session and its launcher.
    {"gnome-shell", "gnome-session-binary", "gnome-session-service", "gnome-session-ctl"}
    | {"plasmashell", "kwin_wayland", "kwin_x11", "ksmserver", "krunner", "kded5", "kded6"}
    | {"startplasma-x11", "startplasma-wayland", "kdeinit5", "kdeinit6", "plasma_session"}
    | {
        "xfce4-session",
        "xfce4-panel",
        "xfdesktop",
        "cinnamon",
        "cinnamon-session",
        "cosmic-session",
    }
    | {"mate-session", "mate-panel", "lxqt-session", "lxqt-panel", "lxsession", "lxpanel"}
    | {"cosmic-panel", "cosmic-launcher", "budgie-panel", "budgie-wm", "pantheon-session"}
    # Window managers that start programs themselves.
    | {
        "i3",
        "sway",
        "Hyprland",
        "river",
        "niri",
        "labwc",
        "wayfire",
        "openbox",
        "fluxbox",
        "awesome",
    }
    | {
        "bspwm",
        "sxhkd",
        "dwm",
        "dwl",
        "xmonad",
        "herbstluftwm",
        "qtile",
        "icewm",
        "mutter",
        "weston",
    }
    # Display managers and the starters of X.
    | {"gdm", "gdm3", "gdm-session-worker", "gdm-wayland-session", "gdm-x-session", "lightdm"}
    | {"sddm", "sddm-helper", "greetd", "ly", "ly-dm", "lxdm", "xdm", "xinit", "startx", "uwsm"}
    # What desktops start programs through: the session bus, flatpak's helper, xdg portals.
    | {"dbus-daemon", "dbus-broker", "dbus-broker-launch", "flatpak-session-helper"}
    # macOS and Windows.
    | {"loginwindow", "Finder", "Dock", "Spotlight", "explorer.exe", "sihost.exe", "svchost.exe"}
    | {"userinit.exe", "winlogon.exe", "services.exe", "StartMenuExperienceHost.exe"}
)

REMOTE: Final = frozenset(
    {
        "sshd",
        "sshd-session",  # OpenSSH 9.8 and later
        "dropbear",
        "mosh-server",
        "tailscaled",  # Tailscale SSH
        "conmon",  # podman
        "containerd-shim-runc-v2",  # docker exec
        "SessionLeader",  # WSL
        "sshd.exe",
    }
)

LOGINS: Final = frozenset({"login", "agetty", "getty", "su", "sudo", "doas", "runuser", "sudo-rs"})

TERMINALS: Final = frozenset(
    {"gnome-terminal-server", "gnome-terminal-", "kgx", "gnome-console", "ptyxis", "ptyxis-agent"}
    | {
        "konsole",
        "yakuake",
        "xfce4-terminal",
        "mate-terminal",
        "lxterminal",
        "qterminal",
        "deepin-terminal",
    }
    | {
        "cosmic-term",
        "io.elementary.terminal",
        "pantheon-terminal",
        "terminology",
        "tilix",
        "tilda",
    }
    | {
        "xterm",
        "uxterm",
        "urxvt",
        "rxvt",
        "urxvtd",
        "st",
        "foot",
        "footserver",
        "havoc",
        "cool-retro-term",
    }
    | {
        "kitty",
        "alacritty",
        "wezterm-gui",
        "wezterm-mux-server",
        "ghostty",
        "rio",
        "contour",
        "blackbox",
    }
    | {"roxterm", "sakura", "termite", "hyper", "tabby", "black-box-terminal"}
    # macOS
    | {
        "Terminal",
        "iTerm2",
        "iTermServer",
        "WezTerm",
        "Ghostty",
        "Alacritty",
        "Kitty",
        "Hyper",
        "Tabby",
    }
    # Windows
    | {"WindowsTerminal.exe", "OpenConsole.exe", "conhost.exe", "mintty.exe", "wezterm-gui.exe"}
    | {"alacritty.exe", "ConEmuC64.exe", "ConEmu64.exe"}
)
"""Terminal emulators. Warp, VS Code and its kin are none: their agents type into the terminal."""

SCRIPTED: Final = frozenset({"terminator", "guake", "qtile", "xonsh", "gnome-terminal", "uwsm"})
"""Those of all tables here that are scripts: the file that they run is an interpreter."""

MULTIPLEXERS: Final = frozenset({"tmux", "screen", "zellij", "dtach", "abduco", "byobu", "dvtm"})
"""Their servers leave whoever started them, so what stands above one says nothing."""

PRETENDERS: Final = frozenset(
    {"script", "scriptlive", "expect", "unbuffer", "socat", "empty", "ptyget", "faketty", "reptyr"}
    | {"ttyd", "gotty", "websocat", "asciinema", "ttyrec", "termrec", "autoexpect", "winpty"}
)
"""Programs that give a terminal to another program, where no person need be."""

INTERPRETERS: Final = (
    "python",
    "pypy",
    "perl",
    "ruby",
    "node",
    "deno",
    "bun",
    "tclsh",
    "wish",
    "lua",
    "php",
    "java",
    "guile",
    "Rscript",
    "julia",
)
"""Each has a way to make a terminal (`pty.spawn`, node-pty ...). Their versions are left out."""

CENTRES: Final = MANAGERS | DESKTOPS | REMOTE | MULTIPLEXERS
"""Where everything of one person comes together: what stands above such a one is not looked at."""
NEUTRAL: Final = CENTRES | TERMINALS | LOGINS | SCRIPTED


_MANY_IN_ONE: Final = frozenset({"busybox", "toybox"})


def called(member: Member) -> str:
    """A program's name: that of the file it runs where that can be seen, else what it goes by.

    A process names itself as it likes. The file of a script is its interpreter, though, and that
    of a program in busybox is busybox.
    """
    name = plain(member.name)
    if member.program is None:
        return name
    program = plain(member.program)
    by_name = program in _MANY_IN_ONE or (is_interpreter(program) and name in SCRIPTED)
    return name if by_name else program


def is_interpreter(name: str) -> bool:
    """Whether a program is an interpreter, of any version: `python3.11`, `node`, `perl5.36`."""
    stem = name.removesuffix(".exe").rstrip("0123456789.-")
    return stem in INTERPRETERS


def plain(name: str) -> str:
    """A program's name without what systems add: `-zsh`, `tmux: server`, `.kitty-wrapped` (Nix)."""
    short = name.partition(":")[0].removeprefix("-")
    if short.startswith(".") and len(short) > 1:
        short = short[1:].removesuffix("-wrapped")
    return short
