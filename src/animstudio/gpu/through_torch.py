"""GPUs as torch tells of them, AMD's for example. It is loaded in a process that ends again."""

from __future__ import annotations

import json
import subprocess
import sys

from animstudio.gpu.device import MB, Device

_SECONDS = 60.0
_PROGRAM = """
import json, torch
found = []
for i in range(torch.cuda.device_count()):
    free, total = torch.cuda.mem_get_info(i)
    card = torch.cuda.get_device_properties(i)
    uuid = str(getattr(card, "uuid", "") or f"torch-{i}")
    found.append([i, card.name, uuid, total - free, total])
print(json.dumps(found))
"""


def read_torch(python: str = sys.executable) -> list[Device]:
    """Return the GPUs that torch can use; none where it is missing or fails."""
    try:
        told = subprocess.run(
            [python, "-c", _PROGRAM], capture_output=True, text=True, timeout=_SECONDS, check=True
        ).stdout
        rows = json.loads(told)
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return [
        Device(
            index=index,
            name=name,
            uuid=uuid if uuid.startswith(("GPU-", "torch-")) else f"GPU-{uuid}",
            vram_used_mb=used // MB,
            vram_total_mb=total // MB,
            utilisation=None,
            temperature=None,
        )
        for index, name, uuid, used, total in rows
    ]
