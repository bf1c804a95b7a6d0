"""Opening a film's container: local files only, whatever their name or content says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from animstudio.kernel.errors import UnreadableFilm

if TYPE_CHECKING:
    from av.container import InputContainer


def open_container(path: Path) -> InputContainer:
    """Open a film for reading. Raises UnreadableFilm.

    The name is given as a ``file:`` address so that no name is taken for another protocol,
    and a playlist dressed up as a film may not reach beyond local files.
    """
    import av

    try:
        return av.open(
            f"file:{path.absolute()}",
            metadata_errors="replace",
            container_options={"protocol_whitelist": "file,crypto,data"},
        )
    except (av.FFmpegError, OSError) as error:
        raise UnreadableFilm(path, f"does not open ({error})") from error
