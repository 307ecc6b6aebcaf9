"""Who may write an embedded Chroma."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from retrieval.errors import ArchiveError, IndexBusyError

if TYPE_CHECKING:
    from retrieval.settings import LibrarySettings


class IndexLock:
    """One writer of an embedded Chroma a data directory: two would lose each other's vectors.

    A Chroma server orders its writers itself, so with `CHROMA_URL` nothing is locked.
    """

    def __init__(self, settings: LibrarySettings) -> None:
        self._lock = None
        if not settings.chroma_url:
            self._lock = FileLock(settings.data_dir / "index.lock", timeout=0)

    def __enter__(self) -> None:
        """Take the lock.

        Raises:
            IndexBusyError: another program has it.
            ArchiveError: the data directory can't be written.
        """
        if self._lock is None:
            return
        try:
            self._lock.acquire()
        except Timeout:
            raise IndexBusyError(
                "Another Sitrep is running on this data directory and writes its vector index: "
                "stop it, or wait until it is done."
            ) from None
        except OSError as error:
            raise ArchiveError(f"The data directory can't be written: {error.strerror}.") from error

    def __exit__(self, *error: object) -> None:
        if self._lock is not None:
            self._lock.release()
