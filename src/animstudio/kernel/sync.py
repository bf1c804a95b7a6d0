"""Many files forced to the disk at once.

A disk is made to flush for every file that is synced, which takes milliseconds on one that is
busy, however small the file. ``syncfs`` flushes once for all of them. It writes what others
have not written yet as well: where that takes long, files are synced one by one for a while.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from animstudio.kernel.files import sync_folder

_MANY = 4
"""Files from which on one flush for everything is cheaper than one for each."""
_LONG, _PAUSE = 1.0, 60.0
"""Seconds that it may take for everything, and for which it is not asked again if it did."""
_TRUSTED = frozenset({"ext3", "ext4", "xfs", "f2fs", "tmpfs", "overlay"})
"""File systems whose ``syncfs`` is known to wait for the disk: it does not through FUSE."""
_TELLS = (5, 8)
"""The Linux whose ``syncfs`` was the first to tell of errors."""

_again = 0.0


def synced_together(paths: Collection[str]) -> bool:
    """Force files and folders to the disk in one go; False where each has to be synced alone.

    That is so for a few, on file systems that are not trusted with it, and after an error:
    syncing each then says which of them it was.
    """
    global _again
    if len(paths) < _MANY or (begun := time.monotonic()) < _again or _function() is None:
        return False
    try:
        devices = {Path(path).stat().st_dev: path for path in paths}
        trusted = _trusted()
        if not all(device in trusted for device in devices):
            return False
        done = all(_sync_around(path) for path in devices.values())
    except OSError:
        return False
    if (now := time.monotonic()) - begun > _LONG:
        _again = now + _PAUSE
    return done


def sync_folders(folders: Iterable[str]) -> None:
    """Force the entries (creations, renames) of folders to the disk, after all changes to them."""
    if not synced_together(found := sorted(folders)):
        for folder in found:
            sync_folder(Path(folder))


def _sync_around(path: str) -> bool:
    """Sync the file system that a file lies on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        function = _function()
        return function is not None and function(handle) == 0
    finally:
        os.close(handle)


@lru_cache(maxsize=1)
def _function() -> ctypes._NamedFuncPointer | None:
    """Return the system's ``syncfs``, where it tells of errors."""
    system = os.uname()
    try:
        version = tuple(int(part) for part in system.release.split(".")[:2])
        if system.sysname != "Linux" or version < _TELLS:
            return None
        return ctypes.CDLL(None, use_errno=True).syncfs
    except (ValueError, OSError, AttributeError):
        return None


@lru_cache(maxsize=1)
def _trusted() -> frozenset[int]:
    """Return the devices of trusted file systems: see proc(5) for the columns."""
    found = set()
    for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
        before, _, after = line.partition(" - ")
        major, _, minor = before.split()[2].partition(":")
        if after.split()[0] in _TRUSTED:
            found.add(os.makedev(int(major), int(minor)))
    return frozenset(found)
