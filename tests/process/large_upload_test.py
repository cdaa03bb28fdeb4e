"""2 GiB through the server: flat memory, and other requests are answered meanwhile."""

import os
import pathlib
import random
import tarfile
import threading
import time
import unittest

from athanor_server import Server
from raw_upload import RawUpload

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SANITIZED = bool(os.environ.get("ATHANOR_SANITIZED"))
FILES, FILE_BYTES = 256, 8 << 20  # 2 GiB in all
PEAK_MEGABYTES = 64
OTHERS_SECONDS = 2


def header(number):
    member = tarfile.TarInfo(f"images/{number:04d}.png")
    member.size = FILE_BYTES
    return member.tobuf(tarfile.USTAR_FORMAT)


def peak_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


@unittest.skipIf(SANITIZED, "sanitizers need more memory and time")
class LargeUpload(unittest.TestCase):
    def test_memory_stays_flat_and_others_are_answered(self):
        content = random.Random(1).randbytes(FILE_BYTES)
        size = FILES * (512 + FILE_BYTES) + 1024
        outcome = []
        with Server(PROGRAM) as server:
            dataset = server.api(
                "POST", "/dataset", {"type": "object_detection", "format": "raw"}, expect=201)["id"]

            def send():
                upload = RawUpload(server, dataset, size, timeout=600)
                for number in range(FILES):
                    upload.send(header(number))
                    upload.send(content)
                upload.send(bytes(1024))
                outcome.append(upload.finish())

            client = threading.Thread(target=send)
            begin = time.monotonic()
            client.start()
            slowest = 0
            while client.is_alive():
                asked = time.monotonic()
                server.api("GET", "/dataset", expect=200)
                slowest = max(slowest, time.monotonic() - asked)
                client.join(0.1)
            seconds = time.monotonic() - begin
            peak = peak_megabytes(server.process.pid)
        print(f"2 GiB in {seconds:.1f} s, peak {peak:.1f} MB, slowest other request "
              f"{slowest * 1000:.0f} ms")
        self.assertEqual(outcome[0][0], 201, outcome)
        self.assertLess(peak, PEAK_MEGABYTES)
        self.assertLess(slowest, OTHERS_SECONDS)


if __name__ == "__main__":
    unittest.main()
