"""Files both ways, by PTB."""

import io
from typing import Any

import pytest
import telegram

from bot.local_api import LocalBotApi, Person

PDF = b"%PDF-1.7 \x00\xff" * 1000


async def test_what_a_person_uploads_can_be_downloaded(bot: telegram.Bot, alice: Person) -> None:
    await alice.upload("report.pdf", PDF, caption="read https://a.com")
    message = (await bot.get_updates())[-1].message
    assert message
    assert message.document
    assert (message.document.file_name, message.document.mime_type) == (
        "report.pdf",
        "application/pdf",
    )
    assert message.caption_entities[0].type == "url"
    file = await message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == PDF


async def test_the_bot_sends_files_and_sends_them_again_by_id(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    bold = telegram.MessageEntity("bold", 0, 4)
    first = await bot.send_document(
        1001, io.BytesIO(PDF), filename="copy.pdf", caption="Copy", caption_entities=[bold]
    )
    assert first.document
    assert (first.document.file_size, first.document.file_name) == (len(PDF), "copy.pdf")
    again = await bot.send_document(1001, first.document.file_id)
    assert again.document == first.document
    photo = await bot.send_photo(1001, b"jpeg", caption="Look")
    assert photo.photo[0].file_size == 4
    assert [message.text for message in alice.messages()[1:]] == ["Copy", "", "Look"]
    assert api.unknown_parameters == set()


async def test_files_can_be_attached_under_another_name(
    api: LocalBotApi, alice: Person, http: Any
) -> None:
    data = {"chat_id": str(alice.id), "document": "attach://part"}
    sent = await http.post("sendDocument", data=data, files={"part": ("a.txt", b"text")})
    assert sent.json()["result"]["document"]["file_name"] == "a.txt"
    assert api.unknown_parameters == set()


async def test_captions_and_downloads_have_limits(bot: telegram.Bot, alice: Person) -> None:
    with pytest.raises(telegram.error.BadRequest, match="Message caption is too long"):
        await bot.send_document(1001, b"x", caption="x" * 1025)
    big = await alice.upload("big.bin", bytes(20 * 1024 * 1024 + 1))
    with pytest.raises(telegram.error.BadRequest, match="File is too big"):
        await bot.get_file(big.media["document"]["file_id"])
    with pytest.raises(telegram.error.BadRequest, match="File must be non-empty"):
        await bot.send_document(1001, b"")


async def test_a_download_needs_the_token_and_a_file(api: LocalBotApi, http: Any) -> None:
    assert (await http.get(f"{api.base_file_url}{api.token}/documents/x")).status_code == 404
    assert (await http.get(f"{api.base_file_url}9:wrong/documents/x")).status_code == 401
