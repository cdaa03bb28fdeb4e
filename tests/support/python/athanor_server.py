"""A real `athanor serve` on a free port with a fresh data folder, for tests. Standard library only."""

import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

START_SECONDS = 20  # Sanitizers and a busy machine slow the start down.
STOP_SECONDS = 20


class Server:
    """Use as a context manager. `worker` stands in for the athanor-worker beside the program.
    `keeps_port` gives all its starts the same port, for clients that go on after a restart."""

    def __init__(self, program, worker=None, options=(), auth="none", keeps_port=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="athanor-test-"))
        self.data = self.folder / "data"
        self.user = str(uuid.uuid4())
        self.program = place_beside(pathlib.Path(program), worker, self.folder / "bin")
        self.options = list(options)
        self.environment = dict(os.environ)
        self.auth = auth
        self.token = None  # Sent with every request, once there is one.
        self.listen = f"127.0.0.1:{lasting_port() if keeps_port else 0}"
        self.port = None
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    @property
    def log_file(self):
        return self.folder / "server.log"

    def log_end(self, size=3000):
        """The last bytes of its log, which grows to gigabytes where it is killed all day."""
        with open(self.log_file, "rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - size))
            return log.read().decode(errors="replace")

    def start(self, listen=None):
        """Starts it and waits until its log names the port."""
        with open(self.log_file, "ab") as log:
            before = log.tell()
            self.process = subprocess.Popen(
                [self.program, "serve", "--data-dir", self.data, "--listen", listen or self.listen,
                 "--auth", self.auth, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        deadline = time.monotonic() + START_SECONDS
        with open(self.log_file, "rb") as log:
            while time.monotonic() < deadline:
                log.seek(before)  # What earlier starts wrote may be long.
                self.port = find_port(log.read())
                if self.port is not None:
                    return
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        self.stop()
        raise AssertionError(f"the server did not start:\n{self.log}")

    def stop(self):
        """SIGTERM, then its exit code; workers that outlive it are ended too."""
        if self.process is None:
            return None
        try:
            return self.stop_alone()
        finally:
            end_workers(self.data)

    def stop_alone(self):
        """SIGTERM to the server, then its exit code; its workers go on."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            states = self.thread_states()
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"the server ignored SIGTERM; its threads: {states}\n{self.log}") from None

    def thread_states(self):
        """What each of its threads waits for in the kernel."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return [f"{(task / 'comm').read_text().strip()}: {(task / 'wchan').read_text()}"
                for task in tasks]

    def kill(self):
        """SIGKILL to the server; its workers go on."""
        self.process.kill()
        return self.process.wait(STOP_SECONDS)

    def request(self, method, path, body=None, headers=None, timeout=60):
        """(status, headers, body bytes) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            connection.request(method, path, body, {**fields, **(headers or {})})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def add_user(self, name):
        """A new user's API key."""
        return self.user_command("add", name)

    def user_command(self, *arguments):
        """What `athanor user ...` prints; it works on the data folder, beside the server."""
        return subprocess.run(
            [self.program, "user", *arguments, "--data-dir", self.data],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout.strip()

    def log_in(self, key):
        """From now on, requests are this key's user's."""
        status, _, reply = self.request("POST", "/api/v1/login", json.dumps({"ngc_api_key": key}))
        if status != 200:
            raise AssertionError(f"login: {status}: {reply[:500]!r}")
        login = json.loads(reply)
        self.user, self.token = login["user_id"], login["token"]

    def api(self, method, path, body=None, expect=None):
        """JSON in, JSON out, below the user's prefix; checks the status when one is expected."""
        data = None if body is None else json.dumps(body)
        status, _, reply = self.request(method, f"/api/v1/user/{self.user}{path}", data)
        if expect is not None and status != expect:
            raise AssertionError(f"{method} {path}: {status}, not {expect}: {reply[:500]!r}")
        return json.loads(reply)

    def upload(self, dataset, archive, expect=201):
        content, kind = multipart(archive)
        path = f"/api/v1/user/{self.user}/dataset/{dataset}/upload"
        status, _, reply = self.request("POST", path, content, {"Content-Type": kind})
        if status != expect:
            raise AssertionError(f"upload: {status}, not {expect}: {reply[:500]!r}")
        return json.loads(reply)

    def add_pretrained(self, network, backbone, name=None):
        """The record of weights as stand-ins for the real worker take them."""
        content, kind = multipart(b"good", f"{backbone}.pth")
        path = (f"/api/v1/user/{self.user}/pretrained"
                f"?network={network}&backbone={backbone}&name={name or backbone}")
        status, _, reply = self.request("POST", path, content, {"Content-Type": kind})
        if status != 201:
            raise AssertionError(f"weights: {status}, not 201: {reply[:500]!r}")
        return json.loads(reply)

    def wait_for_job(self, path, seconds=120):
        """The record of a job once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job = self.api("GET", path, expect=200)
            if job["status"] in ("Done", "Error"):
                return job
            time.sleep(0.1)
        raise AssertionError(f"{path} did not end in {seconds} s: {job}")


def lasting_port():
    """A free port that the system gives to no client. A client that connects to a port from which
    nobody listens may get that very port for itself, and then no server can have it."""
    given = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    first_of_clients = int(given.split()[0])
    while True:
        port = random.randrange(max(1024, first_of_clients - 12000), first_of_clients)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def place_beside(program, worker, folder):
    """The program in a folder of its own with `worker` beside it, where the server looks for it."""
    if worker is None:
        return program
    folder.mkdir()
    try:
        os.link(program, folder / program.name)
    except OSError:
        shutil.copy2(program, folder / program.name)
    shutil.copy2(worker, folder / "athanor-worker")
    return folder / program.name


def find_port(log):
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "port" in entry:
            return entry["port"]
    return None


def end_workers(data):
    """A stopped server leaves its workers running; a test must not."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            commands = {b"run", b"import", b"inspect"}.intersection(arguments)
            if commands and str(data).encode() in b" ".join(arguments):
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue


def multipart(archive, name="a.tar.gz"):
    """A body with the archive as part `file`, and its content type."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + archive + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
