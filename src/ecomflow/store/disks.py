"""What kind of file system a file lies on: the locks of SQLite do not hold on all of them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted; other systems have no such file, and nothing is known there."""

NETWORK: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "ncpfs", "pvfs2", "davfs",
    "9p", "vboxsf", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.goofys", "fuse.gcsfuse",
    "fuse.blobfuse2", "fuse.davfs", "fuse.vmhgfs-fuse",
})  # fmt: skip
"""Kinds that are another machine's disk, or that of the machine around a virtual one."""

_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path) -> str | None:
    """Return the kind of network file system that a file lies on, or would; None for a local one, or where that is not known.

    Args:
        path: a file, which need not be there.
    """
    kind = file_system(path)
    return kind if kind in NETWORK else None


def file_system(path: Path) -> str | None:
    """Return the kind of file system that a file lies on, as the system calls it; None where that is not known."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place, best, kind = os.path.realpath(path), -1, None
    for point, found in filter(None, map(_mount, lines)):
        # What was mounted later lies over what was mounted before in the same place.
        if len(point) >= best and (place == point or place.startswith(point.rstrip("/") + "/")):
            best, kind = len(point), found
    return kind


def _mount(line: str) -> tuple[str, str] | None:
    before, _, after = line.partition(" - ")
    columns, kind = before.split(" "), after.partition(" ")[0]
    return (_ESCAPED.sub(lambda found: chr(int(found[1], 8)), columns[4]), kind) if len(columns) > 4 and kind else None
