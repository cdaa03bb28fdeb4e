"""Looks into folders in which others make, rename and remove things meanwhile."""

import os
import pathlib


def entries_below(folder):
    """All files and folders below `folder`; what goes away while it looks is passed over."""
    return [pathlib.Path(place) / name
            for place, folders, files in os.walk(folder) for name in (*folders, *files)]


def files_below(folder):
    return [path for path in entries_below(folder) if path.is_file()]


def mode_of(path):
    """The permissions, or None where it has gone away."""
    try:
        return path.lstat().st_mode & 0o777
    except FileNotFoundError:
        return None


def read_bytes(path):
    """The content; empty where it has gone away."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
