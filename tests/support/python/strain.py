"""What a request that strains the server does to it: its memory, and how long others wait."""

import pathlib
import threading
import time


def peak_megabytes(pid):
    """The most memory that a process has had so far."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def slowest_beside(server, work):
    """Seconds that `work()` takes, and those of the slowest GET meanwhile."""
    worker = threading.Thread(target=work)
    begin = time.monotonic()
    worker.start()
    slowest = 0
    while worker.is_alive():
        asked = time.monotonic()
        server.api("GET", "/dataset", expect=200)
        slowest = max(slowest, time.monotonic() - asked)
        worker.join(0.1)
    return time.monotonic() - begin, slowest
