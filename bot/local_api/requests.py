"""Reading a request's parameters from where Telegram takes them: query, form, multipart, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile

from bot.local_api.errors import BotApiError, Json, bad_request
from bot.local_api.parameters import Upload

if TYPE_CHECKING:
    from starlette.requests import Request

UPLOAD_LIMIT = 50 * 1024 * 1024


async def read(request: Request) -> tuple[Json, dict[str, Upload]]:
    """The parameters as they came, and the files."""
    raw: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        return raw | await _json(request), {}
    if content_type not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return raw, {}
    uploads: dict[str, Upload] = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = await _upload(value)
            else:
                raw[name] = value
    return raw, uploads


async def _json(request: Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("can't parse request body as a JSON object")
    return body


async def _upload(file: UploadFile) -> Upload:
    content = await file.read(UPLOAD_LIMIT + 1)
    if len(content) > UPLOAD_LIMIT:
        raise BotApiError(413, "Request Entity Too Large")
    mime_type = file.content_type or "application/octet-stream"
    return Upload(file.filename or "file", content, mime_type)
