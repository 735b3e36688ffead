"""Whose a file is on Windows, by its security descriptor. Loaded where managed policy is read.

Everyone may create folders below ProgramData, so that what lies there is the organisation's only if
an administrator owns it (GetNamedSecurityInfo, Win32 API, aclapi.h). What cannot be asked is not.
"""

import sys
from typing import Final

from localguard.config.faults import FileFault

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    TRUSTED: Final = frozenset(
        {
            "S-1-5-18",  # Local System
            "S-1-5-32-544",  # Administrators
            "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",  # TrustedInstaller
        }
    )
    _FILE_OBJECT: Final = 1
    _OWNER: Final = 1

    def require_administrators(path: str, name: str) -> None:
        """Raise ProfileFault unless an administrator or the system owns what lies at a path."""
        owner = _owner(path)
        if owner not in TRUSTED:
            what = f"it belongs to {owner or 'someone unknown'}, and not to the administrators"
            fix = f'as an administrator: icacls "{path}" /setowner *S-1-5-32-544, or move it away'
            raise FileFault(what, where=name, fix=fix)

    def _owner(path: str) -> str | None:
        """The owner's security identifier as text, such as S-1-5-18."""
        sid, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
        failed = ctypes.WinDLL("advapi32").GetNamedSecurityInfoW(
            wintypes.LPCWSTR(path),
            ctypes.c_int(_FILE_OBJECT),
            wintypes.DWORD(_OWNER),
            ctypes.byref(sid),
            None,
            None,
            None,
            ctypes.byref(descriptor),
        )
        if failed:
            return None
        try:
            return _text_of(sid)
        finally:
            ctypes.WinDLL("kernel32").LocalFree(descriptor)

    def _text_of(sid: ctypes.c_void_p) -> str | None:
        text = wintypes.LPWSTR()
        if not ctypes.WinDLL("advapi32").ConvertSidToStringSidW(sid, ctypes.byref(text)):
            return None
        try:
            return text.value
        finally:
            ctypes.WinDLL("kernel32").LocalFree(text)
