"""Files that people and the bot sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.local_api.errors import Json

DOWNLOAD_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file; `path` is what getFile gives out."""

    id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes

    def as_json(self) -> Json:
        """What all kinds of files have in common."""
        ids = {"file_id": self.id, "file_unique_id": self.unique_id}
        return ids | {"file_size": len(self.content)}


class Files:
    """The files of a world, by id and by path."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def add(self, folder: str, name: str, content: bytes, mime_type: str) -> StoredFile:
        """Keep a file in `documents` or `photos`."""
        number = len(self._files)
        unique = hashlib.sha256(content).hexdigest()[:16]
        path = f"{folder}/file_{number}{PurePath(name).suffix}"
        stored = StoredFile(f"LOCAL{number:06}{unique}", unique, path, name, mime_type, content)
        self._files[stored.id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        """A file by its id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """A file by its path."""
        return next((file for file in self._files.values() if file.path == path), None)


def media_json(stored: StoredFile, kind: str) -> Json:
    """A message's field for a file; a photo's measures are made up, as nothing looks inside."""
    if kind == "photo":
        return {"photo": [stored.as_json() | {"width": 800, "height": 600}]}
    named = {"file_name": stored.name, "mime_type": stored.mime_type}
    return {"document": stored.as_json() | named}
