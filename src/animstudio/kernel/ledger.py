"""What was made from what: one manifest an item, written last. No manifest, no result.

An item's key covers everything its result depends on: the stage and its version, the options
that matter, and the digests of its inputs. Same key and unharmed outputs: nothing to do.

While an item is published its manifest waits as ``<item>.pending.json``, and is renamed when
every output has its place. So whatever a kill leaves lying is known as ours, and the next
commit clears it away.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from animstudio.kernel.digests import DigestCache
from animstudio.kernel.files import (
    DRAFTS,
    place,
    sha256,
    sync_file,
    sync_folder,
    withdraw,
    write_atomic,
)
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

    @property
    def drafts(self) -> Path:
        """Where unfinished files lie, on the file system of the results."""
        return self.home / ".drafts"

    def manifest_path(self, item: str) -> Path:
        """Return where an item's manifest lies; `item` is ``group/name``."""
        return self.home / f"{item}.manifest.json"

    def _pending_path(self, item: str) -> Path:
        return self.home / f"{item}.pending.json"

    def read(self, item: str) -> Manifest | None:
        """Return an item's manifest; one that cannot be read counts as none."""
        return _read(self.manifest_path(item))

    def stale(self, item: str, key: Key, cache: DigestCache | None = None) -> str | None:
        """Return why an item has to be made (again), or None when its result stands.

        Outputs are checked by size, and by digest through `cache` when there is one.
        """
        manifest = self.read(item)
        if manifest is None:
            return "not made yet"
        if manifest.key != key:
            return key.difference(manifest.key)
        return self.harm(item, cache)

    def harm(self, item: str, cache: DigestCache | None = None) -> str | None:
        """Return what is wrong with an item's result on the disk, whatever it was made from."""
        manifest = self.read(item)
        if manifest is None:
            return "not made yet"
        if self._pending_path(item).exists():
            return "its publishing was interrupted"
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
        """Publish an item: sync drafts, rename them into place, the manifest last.

        Outputs that are not made any more, of the item's last manifest or of a commit that was
        interrupted, are removed if nobody changed them.
        """
        for draft in drafts.values():
            sync_file(draft)
        manifest = Manifest(
            item=item,
            key=key,
            outputs=tuple(
                Output(path=name, size=draft.stat().st_size, sha256=sha256(draft))
                for name, draft in sorted(drafts.items())
            ),
            facts=facts,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        before = self.read(item)
        self._withdraw_pending(item, *(m for m in (before, manifest) if m))
        pending = self._pending_path(item)
        write_atomic(pending, manifest.model_dump_json(indent=1))
        self._replace(before, manifest, drafts)
        pending.replace(self.manifest_path(item))
        sync_folder(pending.parent)
        return manifest

    def _replace(
        self, before: Manifest | None, manifest: Manifest, drafts: Mapping[str, Path]
    ) -> None:
        """Take the former outputs away and put the new ones in their places."""
        ours = {o.path: o.sha256 for o in before.outputs} if before else {}
        for name in ours.keys() - drafts.keys():
            withdraw(self.root / name, ours[name])
        for output in manifest.outputs:
            known = [ours[output.path]] if output.path in ours else []
            place(drafts[output.path], self.root / output.path, ours=known)
        for folder in {(self.root / name).parent for name in {*drafts, *ours}}:
            if folder.is_dir():
                sync_folder(folder)

    def _withdraw_pending(self, item: str, *keep: Manifest) -> None:
        """Remove what an interrupted commit left, but for outputs of these manifests."""
        pending = _read(self._pending_path(item))
        kept = {(output.path, output.sha256) for manifest in keep for output in manifest.outputs}
        for output in pending.outputs if pending else ():
            if (output.path, output.sha256) not in kept:
                withdraw(self.root / output.path, output.sha256)

    def forget(self, item: str) -> None:
        """Let an item count as not made. Its outputs stay, and stay known as ours."""
        manifest = self.read(item)
        if manifest:
            self._withdraw_pending(item, manifest)
            self.manifest_path(item).replace(self._pending_path(item))

    def items(self, group: str) -> list[str]:
        """Return the items of a group that were made."""
        suffix = ".manifest.json"
        paths = sorted((self.home / group).glob(f"*{suffix}"))
        return [f"{group}/{path.name.removesuffix(suffix)}" for path in paths]

    def sweep(self) -> None:
        """Delete the drafts that a kill left lying; only for whoever holds the folder."""
        shutil.rmtree(self.drafts, ignore_errors=True)
        for draft in (*self.root.glob(DRAFTS), *self.home.rglob(DRAFTS)):
            draft.unlink(missing_ok=True)


def _read(path: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
