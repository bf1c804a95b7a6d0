"""The store's file: its tables, and how it is opened.

SQLite in WAL mode with synchronous=FULL: what was committed survives a power cut. Only the
daemon writes and checkpoints; readers open it read-only. (SQLite before 3.51.3 can lose a
commit when two connections checkpoint at once: https://sqlite.org/wal.html#walresetbug.)
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from animstudio.kernel.errors import AskedWrongly, WorkFailed

FILE = "jobs.sqlite"
VERSION = 3
_NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs",
    "glusterfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone",
    "fuse.gcsfuse", "fuse.juicefs", "vboxsf", "prl_fs",
})  # fmt: skip
"""File systems on which locks, or memory shared with readers, cannot be trusted."""

_TABLES = """
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- so that an id is never given twice
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL, user TEXT NOT NULL, priority INTEGER NOT NULL, tags TEXT NOT NULL,
  submitted_at REAL NOT NULL, queued_at REAL,
  state TEXT NOT NULL, since REAL NOT NULL,
  held INTEGER NOT NULL,                 -- pending: by its user, beside what it depends on
  attempt INTEGER,                       -- running, or paused by freezing
  how TEXT,                              -- paused
  wait_until REAL, wait_boot TEXT,       -- queued: the end of a back-off, seconds of that boot
  code INTEGER, reason TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
  asked TEXT NOT NULL
);
CREATE INDEX jobs_by_turn ON jobs (state, priority DESC, id);
CREATE INDEX jobs_over ON jobs (since, id) WHERE state IN ('completed', 'failed', 'cancelled');
CREATE TABLE attempts (
  job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE, number INTEGER NOT NULL,
  token TEXT NOT NULL UNIQUE, devices TEXT NOT NULL, vram INTEGER NOT NULL,
  since REAL NOT NULL, boot TEXT NOT NULL, boottime REAL NOT NULL,
  until REAL, outcome TEXT, code INTEGER, reason TEXT NOT NULL DEFAULT '', seconds REAL,
  PRIMARY KEY (job, number)
);
CREATE INDEX attempts_open ON attempts (job) WHERE outcome IS NULL;
CREATE TABLE leases (
  device TEXT NOT NULL, job INTEGER NOT NULL REFERENCES jobs, attempt INTEGER NOT NULL,
  vram INTEGER NOT NULL,                 -- 0: the card is its own
  PRIMARY KEY (device, job)
);
CREATE TABLE dependencies (
  job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  other INTEGER NOT NULL, condition TEXT NOT NULL,
  PRIMARY KEY (job, other, condition)
);
CREATE INDEX dependents ON dependencies (other);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_FOLLOWED = """
CREATE TABLE followed (                  -- since version 2: how far jobs were when last seen
  job INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE, attempt INTEGER NOT NULL,
  mark TEXT NOT NULL, alarms TEXT NOT NULL
);
"""
_ARRAYS = """
CREATE TABLE arrays (                    -- since version 3
  id INTEGER PRIMARY KEY,                -- that of its first job
  key TEXT NOT NULL UNIQUE               -- the UUID that its jobs were submitted with
);
ALTER TABLE jobs ADD COLUMN array INTEGER;
ALTER TABLE jobs ADD COLUMN array_index INTEGER;
CREATE INDEX jobs_of_arrays ON jobs (array, array_index) WHERE array IS NOT NULL;
"""
_CHANGES = (_TABLES, _FOLLOWED, _ARRAYS)
"""What each version adds to the one before; one that was written stays as it is."""


def open_to_write(folder: Path, *, proc: Path = Path("/proc")) -> sqlite3.Connection:
    """Open the store for the one process that writes; made if missing, for its user alone.

    Raises:
        AskedWrongly: the folder is on a network file system.
        WorkFailed: the store was written by a later version, or is damaged.
    """
    refuse_network(folder, proc=proc)
    path = folder / FILE
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    base = sqlite3.connect(path, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("PRAGMA foreign_keys=ON")
        version = int(base.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise WorkFailed(f"{path}: written by a later version of animstudio ({version})")
        if version < VERSION:
            missing = "".join(_CHANGES[version:])
            base.executescript(f"BEGIN;{missing}PRAGMA user_version={VERSION};COMMIT;")
    except sqlite3.DatabaseError as error:
        raise WorkFailed(f"{path}: cannot be read: {error}") from error
    return base


def open_to_read(folder: Path) -> sqlite3.Connection:
    """Open the store read-only, beside the daemon. Raises WorkFailed where there is none."""
    path = folder / FILE
    try:
        base = sqlite3.connect(f"file:{_quoted(path)}?mode=ro", uri=True, isolation_level=None)
        base.execute("SELECT 1 FROM jobs LIMIT 1")
    except sqlite3.Error as error:
        raise WorkFailed(f"{path}: cannot be read: {error}") from error
    return base


def refuse_network(folder: Path, *, proc: Path = Path("/proc")) -> None:
    """Raise AskedWrongly if a folder lies on a file system that other machines share."""
    where, kind = Path("/"), ""
    folder = folder.resolve()
    for line in (proc / "self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        place = Path(left.split()[4].replace("\\040", " "))
        if folder.is_relative_to(place) and place.is_relative_to(where):
            where, kind = place, right.split()[0]
    if kind in _NETWORK:
        raise AskedWrongly(
            f"{folder}: lies on a network file system ({kind}), where a queue can be torn",
            hint="name a local state folder: `state` in animstudio.toml, or ANIMSTUDIO_STATE",
        )


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path))
