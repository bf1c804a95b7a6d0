"""Opening a film's container: local files only, whatever their name or content says."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from animstudio.kernel.errors import UnreadableFilm

if TYPE_CHECKING:
    from av.container import InputContainer


def open_container(path: Path) -> InputContainer:
    """Open a film for reading. Raises UnreadableFilm.

    The name is given as a ``file:`` address so that no name is taken for another protocol, and
    nothing is opened that only names other files: what is read is this file and no other.
    """
    import av

    try:
        return av.open(
            f"file:{path.absolute()}",
            metadata_errors="replace",
            container_options={
                "protocol_whitelist": "file,crypto,data",
                "format_whitelist": _formats(),
            },
        )
    except (av.FFmpegError, OSError) as error:
        raise UnreadableFilm(path, f"does not open ({error})") from error


_ELSEWHERE = {
    "concat", "dash", "hls", "image2", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp",
    "webm_dash_manifest",
}  # fmt: skip
"""FFmpeg's formats whose pictures lie in other files, or in none."""


@lru_cache
def _formats() -> str:
    """Return the names of all other formats."""
    import av

    return ",".join(sorted(av.formats_available - _ELSEWHERE))
