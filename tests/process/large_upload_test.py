"""2 GiB through the server: flat memory, and other requests are answered meanwhile."""

import os
import random
import tarfile
import unittest

import strain
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

            seconds, slowest = strain.slowest_beside(server, send)
            peak = strain.peak_megabytes(server.process.pid)
        print(f"2 GiB in {seconds:.1f} s, peak {peak:.1f} MB, slowest other request "
              f"{slowest * 1000:.0f} ms")
        self.assertEqual(outcome[0][0], 201, outcome)
        self.assertLess(peak, PEAK_MEGABYTES)
        self.assertLess(slowest, OTHERS_SECONDS)


if __name__ == "__main__":
    unittest.main()
