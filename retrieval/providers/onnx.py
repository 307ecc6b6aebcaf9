"""onnxruntime, loaded so that it keeps to itself what is done with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: bytes, threads: int = 0) -> onnxruntime.InferenceSession:
    """A session of a network on the processor.

    Unless told not to before it is loaded (`ORT_DISABLE_TELEMETRY`), onnxruntime 1.32 reports to
    its maker, also on Linux, and keeps in the home directory what it has not sent.

    Args:
        model: the network in the ONNX format.
        threads: processor threads for one call; 0 leaves it to onnxruntime.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415  heavy

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
