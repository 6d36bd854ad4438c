"""Where the homes of tests stand: in memory, where the machine has the room.

Tests make and drop a thousand databases and keep none, so a disk would only be waited for. What a test says of crashes
holds there too: it ends processes, not machines. The folder may be entered by others, as a home may, so that the server
of a test run by root has its data inside.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")  # noqa: S108  mkdtemp makes a folder of its own in it
_ROOM: Final = 4 * 2**30


def new_home() -> Path:
    """An empty folder that whoever asked removes."""
    in_memory = os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    home = Path(tempfile.mkdtemp(prefix="wg-", dir=_MEMORY if in_memory else None))
    home.chmod(0o711)
    return home
