#!/usr/bin/env python3
"""Makes sealed.safetensors, which tests/unit/crypto/sealed_file_test.cpp reads.

A second implementation of src/athanor/crypto/seal_header.hpp, from the RFCs (8439 for ChaCha20 and
Poly1305, 7693 for BLAKE2b) and libsodium's documentation of its secretstream. Only Argon2id is
taken from the library.
"""

import ctypes
import hashlib
import pathlib
import struct

PASSPHRASE = b"golden key"
PASSES, MEMORY_KIB = 1, 64
SALT = bytes(range(16))
STREAM_HEADER = bytes(range(100, 124))
CHUNK = 64 * 1024
CONTENT = bytes((i * i + 7 * i) % 251 for i in range(CHUNK + 1000))
MASK = 0xFFFFFFFF
TAG_MESSAGE, TAG_FINAL = 0, 3


def rotate(value, count):
    return (value << count | value >> (32 - count)) & MASK


def quarter_round(s, a, b, c, d):
    for first, second, third, count in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[first] = (s[first] + s[second]) & MASK
        s[third] = rotate(s[third] ^ s[first], count)


def rounds(state):
    s = list(state)
    for _ in range(10):
        for column in range(4):
            quarter_round(s, column, column + 4, column + 8, column + 12)
        for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter_round(s, a, b, c, d)
    return s


def initial_state(key, last_words):
    return struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + last_words


def hchacha20(key, nonce):
    s = rounds(initial_state(key, struct.unpack("<4I", nonce)))
    return struct.pack("<8I", *s[:4], *s[12:])


def chacha20(key, nonce, counter, text):
    out = bytearray()
    for begin in range(0, len(text), 64):
        state = initial_state(key, (counter + begin // 64, *struct.unpack("<3I", nonce)))
        block = struct.pack("<16I", *((a + b) & MASK for a, b in zip(state, rounds(state))))
        out += bytes(a ^ b for a, b in zip(text[begin:begin + 64], block))
    return bytes(out)


def poly1305(key, text):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for begin in range(0, len(text), 16):
        block = text[begin:begin + 16] + b"\x01"
        total = (total + int.from_bytes(block, "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")


class SecretStream:
    def __init__(self, key, header):
        self.key = hchacha20(key, header[:16])
        self.counter = 1
        self.nonce = header[16:]

    def push(self, text, tag):
        nonce = struct.pack("<I", self.counter) + self.nonce
        mac_key = chacha20(self.key, nonce, 0, bytes(64))[:32]
        tag_block = chacha20(self.key, nonce, 1, bytes([tag]) + bytes(63))
        sealed = chacha20(self.key, nonce, 2, text)
        padding = bytes(len(sealed) % 16)  # As long as what is over, not as what lacks.
        mac = poly1305(mac_key, tag_block + sealed + padding + struct.pack("<QQ", 0, 64 + len(sealed)))
        self.nonce = bytes(a ^ b for a, b in zip(self.nonce, mac[:8]))
        self.counter += 1
        return tag_block[:1] + sealed + mac


def argon2id(passphrase, salt, passes, memory_bytes):
    sodium = ctypes.CDLL("libsodium.so.23")
    assert sodium.sodium_init() >= 0
    root = ctypes.create_string_buffer(32)
    assert sodium.crypto_pwhash(root, ctypes.c_ulonglong(32), passphrase,
                                ctypes.c_ulonglong(len(passphrase)), salt,
                                ctypes.c_ulonglong(passes), ctypes.c_size_t(memory_bytes), 2) == 0
    return root.raw


def subkey(root, number):
    return hashlib.blake2b(b"", digest_size=32, key=root, salt=struct.pack("<QQ", number, 0),
                           person=b"weights " + bytes(8)).digest()


def blake2b(text, key=b""):
    return hashlib.blake2b(text, digest_size=16, key=key).digest()


def seal(content):
    root = argon2id(PASSPHRASE, SALT, PASSES, MEMORY_KIB * 1024)
    header = b"\x89ATHANOR" + struct.pack("<III", 1, PASSES, MEMORY_KIB) + SALT
    header += struct.pack("<Q", len(content)) + STREAM_HEADER
    header += blake2b(header, subkey(root, 2))
    header += blake2b(header)
    stream = SecretStream(subkey(root, 1), STREAM_HEADER)
    chunks = [content[i:i + CHUNK] for i in range(0, len(content), CHUNK)] or [b""]
    sealed = [stream.push(chunk, TAG_MESSAGE) for chunk in chunks[:-1]]
    return header + b"".join(sealed) + stream.push(chunks[-1], TAG_FINAL)


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("sealed.safetensors").write_bytes(seal(CONTENT))
