"""Zip files: unpacks their members within limits, without trusting the zip directory."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.errors import ExtractError
from retrieval.ingest.extract.draft import clean_line
from retrieval.ingest.limits import MAX_ZIP_MEMBERS, MAX_ZIP_UNPACKED
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

# Other methods need too much memory: LZMA takes as much as its header says.
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DOCX = "word/document.xml"
_CONTENT_TYPES = "[Content_Types].xml"
_ODF = "mimetype"
# The errors of zipfile for malformed archives; NotImplementedError for unknown versions.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)
_BROKEN_ZIP = UserMessage("The zip file is damaged; create it again and resend it.")


@dataclass(slots=True)
class _Allowance:
    """The bytes that all members together may still unpack to."""

    left: int = MAX_ZIP_UNPACKED


@dataclass(frozen=True, slots=True)
class ContainerMember:
    """A file in a zip file; `name` is for showing only."""

    name: str
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    max_bytes: int
    allowance: _Allowance

    def read(self) -> bytes:
        """Its bytes; raises ExtractError if it is encrypted, damaged, too large or unsupported."""
        if self.info.flag_bits & _ENCRYPTED:
            raise ExtractError(UserMessage("It's encrypted; zip it again without a password."))
        if self.info.compress_type not in _PACKINGS:
            raise ExtractError(
                UserMessage("It uses a compression method I can't read; use a regular zip file.")
            )
        most = min(self.max_bytes, self.allowance.left)
        try:
            with self.archive.open(self.info) as stream:
                body = stream.read(most + 1)
        except _BROKEN as error:
            raise ExtractError(_BROKEN_ZIP) from error
        self.allowance.left -= len(body)
        if len(body) > self.max_bytes:
            raise ExtractError(
                UserMessage(
                    "It's larger than {number} MB when unpacked.", number=self.max_bytes / 1_000_000
                )
            )
        if self.allowance.left < 0:
            raise ExtractError(
                UserMessage(
                    "The zip file unpacks to more than {number} MB; send it in parts.",
                    number=MAX_ZIP_UNPACKED // 1_000_000,
                )
            )
        return body


def is_docx(body: bytes) -> bool:
    """Whether a zip file is a Word document."""
    try:
        with _opened(body) as archive:
            return {_DOCX, _CONTENT_TYPES} <= set(archive.namelist())
    except ExtractError:
        return False


def members_of(body: bytes, max_bytes: int) -> Iterator[ContainerMember]:
    """The files in a zip file, in order, without folders and system files.

    Raises:
        ExtractError: it is damaged, empty, has too many members, or is an office file.
    """
    with _opened(body) as archive:
        infos = [info for info in archive.infolist() if _is_shown(info)]
        names = {info.filename for info in archive.infolist()}
        if _CONTENT_TYPES in names or _ODF in names:
            raise ExtractError(
                UserMessage("I can't read this kind of office file; save it as .docx or PDF.")
            )
        if not infos:
            raise ExtractError(UserMessage("The zip file is empty."))
        if len(infos) > MAX_ZIP_MEMBERS:
            raise ExtractError(
                UserMessage(
                    "The zip file contains more than {number} files; send it in parts.",
                    number=MAX_ZIP_MEMBERS,
                )
            )
        allowance = _Allowance()
        for info in infos:
            name = clean_line(info.filename) or "a file without a name"
            yield ContainerMember(name, archive, info, max_bytes, allowance)


def require_modest(body: bytes) -> None:
    """Raise ExtractError if an office file unpacks to too much, according to its directory.

    zipfile reads no more of a member than the directory says, so a false size is no use.
    """
    with _opened(body) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > MAX_ZIP_UNPACKED // 4:
        raise ExtractError(
            UserMessage(
                "The file unpacks to more than {number} MB; send its text instead.",
                number=MAX_ZIP_UNPACKED // 4_000_000,
            )
        )


def _opened(body: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(body))
    except _BROKEN as error:
        raise ExtractError(_BROKEN_ZIP) from error


def _is_shown(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.split("/")
    hidden = (
        any(part.startswith(".") and part.strip(".") for part in parts) or parts[0] == "__MACOSX"
    )
    return not info.is_dir() and not hidden
