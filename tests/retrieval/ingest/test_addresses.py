"""Addresses in private networks are never fetched, however they are written."""

from __future__ import annotations

import pytest

from retrieval.errors import SourceError
from retrieval.ingest.addresses import is_public
from retrieval.ingest.http import FetchConfig, fetch


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "0.0.0.0", "100.64.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "168.63.129.16",
        "192.0.0.8", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1",
        "2001::1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
        "fec0::1", "ff02::1", "100::1", "5f00::1",
    ],
)  # fmt: skip
def test_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
        "017700000001", "0", "0.0.0.0", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.",
        "127。0。0。1", "１２７.0.0.1", "①②⑦.0.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
        "[0:0:0:0:0:0:0:1]", "169.254.169.254", "0xa9fea9fe", "10.0.0.1", "192.168.0.1",
        "0xA000001",
        "3232235521", "user@127.0.0.1", "example.org@127.0.0.1", "127.0.0.1:80@example.org",
        "[fe80::1%25lo]", "127.0.0.1%00.example.org", "127.0.0.1\\.example.org",
    ],
)  # fmt: skip
async def test_no_way_to_write_a_private_host_is_fetched(host: str) -> None:
    with pytest.raises(SourceError) as caught:
        await fetch(f"http://{host}/", FetchConfig(timeout_s=5))
    assert "accepting connections" not in str(caught.value)
