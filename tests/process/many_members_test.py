"""An archive of 100,000 small pictures: all arrive, memory stays flat, others are answered."""

import os
import tarfile
import unittest

import strain
from athanor_server import Server
from pictures import png
from raw_upload import RawUpload

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
SANITIZED = bool(os.environ.get("ATHANOR_SANITIZED"))
MEMBERS = 100_000
FOLDERS = 100
# Above what a start takes; an entry of a kilobyte for each member would be 100.
GROWTH_MEGABYTES = 48
OTHERS_SECONDS = 2


def member(number, content):
    info = tarfile.TarInfo(f"images/{number % FOLDERS:02d}/{number:06d}.png")
    info.size = len(content)
    return info.tobuf(tarfile.USTAR_FORMAT) + content.ljust(-(-len(content) // 512) * 512, b"\0")


@unittest.skipIf(SANITIZED, "sanitizers need more memory and time")
class ManyMembers(unittest.TestCase):
    def send(self, server, dataset, outcome):
        content = png((200, 50, 50), side=2)
        size = MEMBERS * len(member(0, content)) + 1024
        upload = RawUpload(server, dataset, size, timeout=600)
        for start in range(0, MEMBERS, 1000):
            upload.send(b"".join(member(number, content) for number in range(start, start + 1000)))
        upload.send(bytes(1024))
        outcome.append(upload.finish())

    def test_memory_stays_flat_and_others_are_answered(self):
        outcome = []
        with Server(PROGRAM, WORKER) as server:
            dataset = server.api("POST", "/dataset",
                                 {"type": "object_detection", "format": "raw"}, expect=201)["id"]
            before = strain.peak_megabytes(server.process.pid)
            seconds, slowest = strain.slowest_beside(
                server, lambda: self.send(server, dataset, outcome))
            growth = strain.peak_megabytes(server.process.pid) - before
            self.assertEqual(outcome[0][0], 201, outcome)
            report = server.api("GET", f"/dataset/{dataset}/report", expect=200)
        print(f"{MEMBERS} members in {seconds:.1f} s, memory grew by {growth:.1f} MB, slowest "
              f"other request {slowest * 1000:.0f} ms")
        self.assertEqual((report["files"], report["pictures"]), (MEMBERS, MEMBERS))
        self.assertEqual(report["faults"]["total"], 0)
        self.assertLess(growth, GROWTH_MEGABYTES)
        self.assertLess(slowest, OTHERS_SECONDS)


if __name__ == "__main__":
    unittest.main()
