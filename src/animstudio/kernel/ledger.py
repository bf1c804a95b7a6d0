"""What was made from what: one manifest an item, written last. No manifest, no result.

An item's key covers everything its result depends on: the stage and its version, the options
that matter, and the digests of its inputs. Same key and unharmed outputs: nothing to do.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from animstudio.kernel.digests import DigestCache
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import place, sha256, sync_file, sync_folder, write_atomic
from animstudio.kernel.spec import canonical_json


class Key(BaseModel):
    """Everything a result depends on."""

    model_config = ConfigDict(frozen=True)

    stage: str
    version: int
    spec: str
    inputs: Mapping[str, str]

    def digest(self) -> str:
        """Return the key as one digest."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json")).encode()).hexdigest()

    def difference(self, other: Key) -> str:
        """Say in a few words what differs from another key."""
        if self.stage != other.stage or self.version != other.version:
            return "the stage's version changed"
        if self.spec != other.spec:
            return "its options changed"
        changed = [n for n in {*self.inputs, *other.inputs}
                   if self.inputs.get(n) != other.inputs.get(n)]  # fmt: skip
        return f"its input changed: {', '.join(sorted(changed))}" if changed else "nothing changed"


class Output(BaseModel):
    """One file of a result, its path relative to the output folder."""

    model_config = ConfigDict(frozen=True)

    path: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """What one item made, from what, and what it learnt on the way."""

    model_config = ConfigDict(frozen=True)

    item: str
    key: Key
    outputs: tuple[Output, ...]
    facts: Mapping[str, object] = {}
    made_at: str = ""


class Ledger:
    """The manifests of one output folder, under ``checkpoints/``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "checkpoints"

    def manifest_path(self, item: str) -> Path:
        """Return where an item's manifest lies; `item` is ``group/name``."""
        return self.home / f"{item}.manifest.json"

    def read(self, item: str) -> Manifest | None:
        """Return an item's manifest; one that cannot be read counts as none."""
        try:
            return Manifest.model_validate_json(self.manifest_path(item).read_bytes())
        except (OSError, ValidationError):
            return None

    def stale(self, item: str, key: Key, cache: DigestCache | None = None) -> str | None:
        """Return why an item has to be made (again), or None when its result stands.

        Outputs are checked by size, and by digest through `cache` when there is one.
        """
        manifest = self.read(item)
        if manifest is None:
            return "not made yet"
        if manifest.key != key:
            return key.difference(manifest.key)
        for output in manifest.outputs:
            path = self.root / output.path
            if not path.is_file():
                return f"{output.path} is missing"
            if path.stat().st_size != output.size:
                return f"{output.path} was changed"
            if cache and cache.digest(path) != output.sha256:
                return f"{output.path} was changed"
        return None

    def commit(
        self, item: str, key: Key, drafts: Mapping[str, Path], facts: Mapping[str, object] = {}
    ) -> Manifest:
        """Publish an item: sync drafts, rename them into place, write the manifest last.

        Outputs of the item's previous manifest that are not made any more are removed if
        nobody changed them.
        """
        before = self.read(item)
        ours = {o.path: o.sha256 for o in before.outputs} if before else {}
        outputs = []
        for name, draft in sorted(drafts.items()):
            sync_file(draft)
            outputs.append(Output(path=name, size=draft.stat().st_size, sha256=sha256(draft)))
        folders = set()
        for name, draft in sorted(drafts.items()):
            place(draft, self.root / name, ours=ours.get(name))
            folders.add((self.root / name).parent)
        for folder in folders:
            sync_folder(folder)
        manifest = Manifest(
            item=item, key=key, outputs=tuple(outputs), facts=facts,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip
        write_atomic(self.manifest_path(item), manifest.model_dump_json(indent=1))
        self._remove_former(ours, keep={o.path for o in outputs})
        return manifest

    def _remove_former(self, ours: Mapping[str, str], keep: set[str]) -> None:
        for name, digest in ours.items():
            path = self.root / name
            if name not in keep and path.is_file() and sha256(path) == digest:
                path.unlink()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the output folder for one run; the lock dies with its holder.

        Raises WorkFailed naming the process that holds it.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.home / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(handle, 20, 0).decode() or "unknown"
                raise WorkFailed(
                    f"{self.root}: another run is writing here (process {holder.strip()})",
                    hint="wait for it, or choose another output folder",
                ) from error
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(handle)
