"""The few calls of the Windows API that hold a process tree together, by ctypes.

A job object with KILL_ON_JOB_CLOSE, the resumption of a suspended process, the wait for an exit.
Handles are not inheritable and closed here. Raises OSError with the code of GetLastError.
"""

import sys

if sys.platform != "win32":
    raise ImportError("job objects are of Windows")

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from typing import Any, ClassVar, Final

# winnt.h
_EXTENDED_LIMITS: Final = 9
_ACCOUNTING: Final = 1
_KILL_ON_JOB_CLOSE: Final = 0x2000
_PROCESS_TERMINATE: Final = 0x0001
_PROCESS_SET_QUOTA: Final = 0x0100
_PROCESS_SUSPEND_RESUME: Final = 0x0800
_SYNCHRONIZE: Final = 0x00100000
_INFINITE: Final = 0xFFFFFFFF

_kernel32: Final = ctypes.WinDLL("kernel32", use_last_error=True)
_ntdll: Final = ctypes.WinDLL("ntdll")


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_: ClassVar[Any] = [
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    ]


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_: ClassVar[Any] = [
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_ulonglong * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class _Accounting(ctypes.Structure):
    """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION."""

    _fields_: ClassVar[Any] = [
        ("TotalUserTime", wintypes.LARGE_INTEGER),
        ("TotalKernelTime", wintypes.LARGE_INTEGER),
        ("ThisPeriodTotalUserTime", wintypes.LARGE_INTEGER),
        ("ThisPeriodTotalKernelTime", wintypes.LARGE_INTEGER),
        ("TotalPageFaultCount", wintypes.DWORD),
        ("TotalProcesses", wintypes.DWORD),
        ("ActiveProcesses", wintypes.DWORD),
        ("TotalTerminatedProcesses", wintypes.DWORD),
    ]


def _declare() -> None:
    # Without these ctypes passes handles as 32-bit integers and cuts them on 64-bit Windows.
    handle, dword, pointer = wintypes.HANDLE, wintypes.DWORD, ctypes.c_void_p
    signatures = {
        "CreateJobObjectW": ((pointer, wintypes.LPCWSTR), handle),
        "SetInformationJobObject": ((handle, ctypes.c_int, pointer, dword), wintypes.BOOL),
        "QueryInformationJobObject": (
            (handle, ctypes.c_int, pointer, dword, pointer),
            wintypes.BOOL,
        ),
        "AssignProcessToJobObject": ((handle, handle), wintypes.BOOL),
        "TerminateJobObject": ((handle, wintypes.UINT), wintypes.BOOL),
        "OpenProcess": ((dword, wintypes.BOOL, dword), handle),
        "WaitForSingleObject": ((handle, dword), dword),
        "CloseHandle": ((handle,), wintypes.BOOL),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(_kernel32, name)
        function.argtypes, function.restype = arguments, result
    _ntdll.NtResumeProcess.argtypes = (handle,)
    _ntdll.NtResumeProcess.restype = ctypes.c_long


_declare()


class Job:
    """A job object that ends its processes when it is closed, or with the process that owns it."""

    __slots__ = ("_handle",)

    def __init__(self) -> None:
        # No security attributes: the handle is not inheritable, so no child can keep the job open.
        self._handle: int | None = _kernel32.CreateJobObjectW(None, None)
        if not self._handle:
            raise _last_error()
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        size = ctypes.sizeof(limits)
        if not _kernel32.SetInformationJobObject(
            self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), size
        ):
            error = _last_error()
            self.close()
            raise error

    def take(self, pid: int) -> None:
        """Put the process into the job, and with it all that it starts from now on."""
        with _opened(pid, _PROCESS_SET_QUOTA | _PROCESS_TERMINATE) as process:
            if not _kernel32.AssignProcessToJobObject(self._handle, process):
                raise _last_error()

    def population(self) -> int:
        """How many processes live in the job; 0 once it is closed."""
        if self._handle is None:
            return 0
        count = _Accounting()
        size = ctypes.sizeof(count)
        if not _kernel32.QueryInformationJobObject(
            self._handle, _ACCOUNTING, ctypes.byref(count), size, None
        ):
            raise _last_error()
        return int(count.ActiveProcesses)

    def terminate(self) -> None:
        """End every process in the job."""
        if self._handle is not None and not _kernel32.TerminateJobObject(self._handle, 1):
            raise _last_error()

    def close(self) -> None:
        """Close the handle; what still lives in the job ends."""
        if self._handle is not None:
            _kernel32.CloseHandle(self._handle)
            self._handle = None


def resume(pid: int) -> None:
    """Let a process that was created suspended begin."""
    with _opened(pid, _PROCESS_SUSPEND_RESUME) as process:
        # subprocess closes the thread's handle, which ResumeThread would need.
        status = _ntdll.NtResumeProcess(process)
        if status < 0:
            raise OSError(f"NtResumeProcess failed with status {status & 0xFFFFFFFF:#010x}")


def wait_for_exit(pid: int) -> None:
    """Block until the process has ended; at once when there is none."""
    try:
        with _opened(pid, _SYNCHRONIZE) as process:
            _kernel32.WaitForSingleObject(process, _INFINITE)
    except OSError:
        return


@contextmanager
def _opened(pid: int, access: int) -> Iterator[int]:
    process: int | None = _kernel32.OpenProcess(access, False, pid)
    if not process:
        raise _last_error()
    try:
        yield process
    finally:
        _kernel32.CloseHandle(process)


def _last_error() -> OSError:
    return ctypes.WinError(ctypes.get_last_error())
