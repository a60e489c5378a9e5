"""What somebody does with a stolen store and no key: reads numbers however they are written, and guesses them."""

import base64
import binascii
import hashlib
import hmac
import re
import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import pairwise

from adapters.sealing.vault import RingVault
from masking_core.phone_number import RealNumber

WINDOW = 8
"""Bytes of a digest that are looked for: few enough to stand in one that was cut, too many to stand there by chance."""

Vaults = Collection[RingVault]

_COUNTRY = 2
_HEX = re.compile(rb"[0-9a-fA-F]{%d,}" % (2 * WINDOW))
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_DEFLATED = re.compile(rb"x[\x01\x5e\x9c\xda]")
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s")


def spellings(e164: str) -> Iterator[bytes]:
    """The number in the ways in which programs write one; what stands in all of them is left out where it can be."""
    digits, national = e164[1:], e164[1 + _COUNTRY :]
    shortest = national[1:]
    for encoding in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp500"):
        yield shortest.encode(encoding)
    yield shortest[::-1].encode()
    for separator in " -./\t":
        for cuts in ((4,), (3, 6), (2, 4, 6, 8), (3,), (4, 7)):
            parts = (national[begin:end] for begin, end in pairwise((0, *cuts, len(national))))
            yield separator.join(parts).encode()
    for figure in (int(digits), int(national), int(f"{digits}0")):
        size = (figure.bit_length() + 7) // 8
        yield from (figure.to_bytes(size, "big"), figure.to_bytes(size, "little"))
        yield from (struct.pack(">d", figure), struct.pack("<d", figure), _varint(figure))
    for decimals in (digits, f"0{digits}0", f"{national}f"):
        if len(decimals) % 2 == 0:
            yield bytes.fromhex(decimals)
            yield bytes.fromhex("".join(second + first for first, second in _pairs(decimals)))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    return zip(text[::2], text[1::2], strict=True)


def _varint(figure: int) -> bytes:
    packed = bytearray()
    while figure > 0x7F:
        packed.append(figure & 0x7F | 0x80)
        figure >>= 7
    return bytes((*packed, figure))


def unpacked(content: bytes) -> bytes:
    """The content, and all that stands in it as hexadecimal digits, in base64 or deflated, in one another too."""
    layers = [content]
    for _ in range(2):
        layers.append(b"\0".join(_within(layers[-1])))
    return b"\0".join(layers)


def _within(content: bytes) -> Iterator[bytes]:
    for found in _HEX.findall(content):
        for begin in (0, 1):
            run = found[begin:]
            yield binascii.unhexlify(run[: len(run) // 2 * 2])
    for found in _BASE64.findall(content):
        for begin in range(4):
            run = found[begin:].translate(_TO_STANDARD)
            yield base64.b64decode(run + b"A" * (-len(run) % 4))
    for match in _DEFLATED.finditer(content):
        try:
            yield zlib.decompressobj().decompress(content[match.start() :])
        except zlib.error:
            continue


def written(content: bytes, numbers: Iterable[str]) -> set[str]:
    """Which of the numbers stand in what was unpacked, in any spelling."""
    return {number for number in numbers if any(each in content for each in spellings(number))}


def guesses(number: str, said: Collection[str], known: Collection[bytes], impostors: Vaults) -> Iterator[bytes]:
    """The digests that whoever thinks of this number can compute: of all that holds it, and with all that is no secret.

    ``said`` are texts in which the number may stand for NUMBER; ``known`` are what a thief could take
    for a key, and ``impostors`` what such a thief would make of them.
    """
    texts = {each.replace("NUMBER", form).encode() for each in said for form in _forms(number)}
    texts |= set(spellings(number))
    texts |= {text.ljust(16, b"\0") for text in texts}
    for text in texts:
        yield from _hashed(text)
        for key in known:
            yield hmac.digest(key, text, "sha256")
            yield hashlib.sha256(key + text).digest()
            yield hashlib.sha256(text + key).digest()
        for vault in impostors:
            yield from vault.digests(text)
            yield from vault.pin_lookups(text.decode("latin-1"))
    for vault in impostors:
        yield from vault.lookups(RealNumber(number))


def _hashed(text: bytes) -> Iterator[bytes]:
    for name in _HASHES:
        digest = hashlib.new(name, text, usedforsecurity=False).digest()
        yield digest
        for again in (digest, digest.hex().encode()):
            yield hashlib.new(name, again, usedforsecurity=False).digest()
    yield hashlib.blake2b(text, digest_size=16).digest()


def _forms(number: str) -> Iterator[str]:
    digits, national = number[1:], number[1 + _COUNTRY :]
    yield from (number, digits, national, f"0{national}", f"00{digits}")


def confirmed(content: bytes, digests: Iterable[tuple[bytes, str]]) -> set[str]:
    """The guesses that what was unpacked confirms; each digest comes with the guess that it is of."""
    sought = {digest[:WINDOW]: guess for digest, guess in digests}
    return {sought[window] for window in _windows(content) if window in sought}


def _windows(content: bytes) -> Iterator[bytes]:
    return (content[begin : begin + WINDOW] for begin in range(len(content) - WINDOW + 1))


Disguise = Callable[[bytes], bytes]

DISGUISES: Mapping[str, Disguise] = {
    "plain": lambda data: data,
    "hex": lambda data: data.hex().encode(),
    "HEX": lambda data: data.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64, a byte in": lambda data: base64.b64encode(b"a" + data + b"b"),
    "base64, two bytes in": lambda data: base64.b64encode(b"ab" + data + b"c"),
    "base64 for the web": base64.urlsafe_b64encode,
    "deflated": lambda data: zlib.compress(b"pools/ride-uk " + data),
    "deflated in hex": lambda data: zlib.compress(b"pools/ride-uk " + data).hex().encode(),
    "hex in base64": lambda data: base64.b64encode(data.hex().encode()),
}
"""Ways in which a store writes bytes, or could."""
