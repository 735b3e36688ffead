"""The few calls of the Windows API that tell a process's parent, program and birth, by ctypes.

Toolhelp32 for the table, GetProcessTimes for the birth, GetExtendedTcpTable for who has opened a
TCP connection. Handles are closed here.
"""

import sys

if sys.platform != "win32":
    raise ImportError("processes.windows is for Windows")

import ctypes
import socket
import struct
import time
from ctypes import wintypes
from typing import Any, ClassVar, Final

_SNAP_PROCESSES: Final = 0x0002
_QUERY_LIMITED: Final = 0x1000
_INVALID: Final = ctypes.c_void_p(-1).value
_EPOCH: Final = 11_644_473_600
"""Seconds from 1601, where FILETIME begins, to 1970."""

_AF_INET: Final = 2
_OWNERS_OF_CONNECTIONS: Final = 4
"""TCP_TABLE_OWNER_PID_CONNECTIONS"""
_TOO_SMALL: Final = 122
_ROW: Final = struct.Struct("=I4sI4sII")
"""MIB_TCPROW_OWNER_PID: state, local address and port, remote address and port, process."""
_TRIES: Final = 5

_iphlpapi: Final = ctypes.WinDLL("iphlpapi")
_kernel32: Final = ctypes.WinDLL("kernel32", use_last_error=True)


class _Entry(ctypes.Structure):
    """PROCESSENTRY32W."""

    _fields_: ClassVar[Any] = [
        ("dwSize", wintypes.DWORD),
        ("cntUsage", wintypes.DWORD),
        ("th32ProcessID", wintypes.DWORD),
        ("th32DefaultHeapID", ctypes.c_size_t),
        ("th32ModuleID", wintypes.DWORD),
        ("cntThreads", wintypes.DWORD),
        ("th32ParentProcessID", wintypes.DWORD),
        ("pcPriClassBase", wintypes.LONG),
        ("dwFlags", wintypes.DWORD),
        ("szExeFile", wintypes.WCHAR * 260),
    ]


def _declare() -> None:
    # Without these ctypes passes handles as 32-bit integers and cuts them on 64-bit Windows.
    handle, dword, pointer = wintypes.HANDLE, wintypes.DWORD, ctypes.c_void_p
    signatures = {
        "CreateToolhelp32Snapshot": ((dword, dword), handle),
        "Process32FirstW": ((handle, pointer), wintypes.BOOL),
        "Process32NextW": ((handle, pointer), wintypes.BOOL),
        "OpenProcess": ((dword, wintypes.BOOL, dword), handle),
        "GetProcessTimes": ((handle, pointer, pointer, pointer, pointer), wintypes.BOOL),
        "CloseHandle": ((handle,), wintypes.BOOL),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(_kernel32, name)
        function.argtypes, function.restype = arguments, result


_declare()


def look(pid: int) -> tuple[int, str, str, float] | None:
    """Parent, name, birth and age in seconds of a process; None when it cannot be seen."""
    row = _row(pid)
    born = _born(pid)
    if row is None or born is None:
        return None
    age = time.time() - (born / 10_000_000 - _EPOCH)
    return row[0], row[1], str(born), age


def _row(pid: int) -> tuple[int, str] | None:
    table = _kernel32.CreateToolhelp32Snapshot(_SNAP_PROCESSES, 0)
    if table is None or table == _INVALID:
        return None
    try:
        entry = _Entry()
        entry.dwSize = ctypes.sizeof(entry)
        there = _kernel32.Process32FirstW(table, ctypes.byref(entry))
        while there and entry.th32ProcessID != pid:
            there = _kernel32.Process32NextW(table, ctypes.byref(entry))
        return (entry.th32ParentProcessID, entry.szExeFile) if there else None
    finally:
        _kernel32.CloseHandle(table)


def _born(pid: int) -> int | None:
    """When a process was made, in units of 100 ns since 1601."""
    handle = _kernel32.OpenProcess(_QUERY_LIMITED, False, pid)
    if not handle:
        return None
    try:
        times = [wintypes.FILETIME() for _ in range(4)]
        if not _kernel32.GetProcessTimes(handle, *map(ctypes.byref, times)):
            return None
        return (int(times[0].dwHighDateTime) << 32) | int(times[0].dwLowDateTime)
    finally:
        _kernel32.CloseHandle(handle)


def tcp_owner(local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """The pid of the process that opened the IPv4 connection from `local` to `remote`.

    Who holds the socket now is not told. Raises OSError.
    """
    wanted = (_end(local), _end(remote))
    for _, *ends, pid in _ROW.iter_unpack(_connections()):
        address, port, other, other_port = ends
        if ((address, port), (other, other_port)) == wanted:
            return int(pid)
    return None


def _end(end: tuple[str, int]) -> tuple[bytes, int]:
    """An address as the table has it: the port in network order in the lower half."""
    return socket.inet_aton(end[0]), socket.htons(end[1])


def _connections() -> bytes:
    """The rows, without their count. Raises OSError."""
    size = wintypes.DWORD(0)
    for _ in range(_TRIES):
        raw = ctypes.create_string_buffer(max(size.value, 4))
        failed = _iphlpapi.GetExtendedTcpTable(
            raw, ctypes.byref(size), False, _AF_INET, _OWNERS_OF_CONNECTIONS, 0
        )
        if not failed:
            count = int.from_bytes(raw.raw[:4], sys.byteorder)
            return raw.raw[4 : 4 + count * _ROW.size]
        if failed != _TOO_SMALL:
            break
    raise OSError("the table of TCP connections cannot be read")
