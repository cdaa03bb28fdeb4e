"""What the benches share: wrk as client, nginx as peer, runs in turn, medians."""

import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.append(str(ROOT / "tests" / "support" / "python"))

NGINX_CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes auto;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for_port(port, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"nothing listens on port {port}")


def wrk(url, connections=64, threads=2, seconds=5, method="GET", body=None):
    """{per_second, p50_ms, p99_ms, requests, errors} of one run."""
    environment = {**os.environ, "WRK_METHOD": method}
    if body is not None:
        environment["WRK_BODY"] = json.dumps(body)
    output = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s",
         ROOT / "bench" / "support" / "wrk.lua", url],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    figures = json.loads(output.stdout.splitlines()[-1])
    if figures["errors"] > 0:
        raise SystemExit(f"{figures['errors']} of {figures['requests']} requests failed: {url}")
    return figures


class Nginx:
    """Serves `content` as /reply.json; a context manager."""

    def __init__(self, content):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="athanor-bench-nginx-"))
        (self.folder / "files").mkdir()
        (self.folder / "files" / "reply.json").write_bytes(content)
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/reply.json"

    def __enter__(self):
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            NGINX_CONFIGURATION.format(folder=self.folder, port=self.port))
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", self.folder, "-c", configuration],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def in_turn(rounds, *measures):
    """The results of each measure, which run one after the other, `rounds` times."""
    results = [[] for _ in measures]
    for _ in range(rounds):
        for measure, kept in zip(measures, results):
            kept.append(measure())
    return results


def spread(values, unit="", digits=0):
    """"12 ms (10 to 15)": the median and the range."""
    return (f"{statistics.median(values):.{digits}f}{unit} "
            f"({min(values):.{digits}f} to {max(values):.{digits}f})")


def report_ratio(title, ours, peers):
    """Of each round's pair, since the machine's speed changes between rounds."""
    ratios = [mine / other for mine, other in zip(ours, peers)]
    print(f"{title}: {spread(ratios, digits=2)}")


def report_load(title, runs):
    print(f"{title}: {spread([run['per_second'] for run in runs])} a second, "
          f"p50 {spread([run['p50_ms'] for run in runs], ' ms', 2)}, "
          f"p99 {spread([run['p99_ms'] for run in runs], ' ms', 2)}")


def load_beside_nginx(url, reply, arguments):
    """What wrk makes of a URL and of nginx with the same reply in a file, in turn."""
    def load(target):
        return wrk(target, arguments.connections, seconds=arguments.seconds)
    with Nginx(reply) as nginx:
        return in_turn(arguments.rounds, lambda: load(url), lambda: load(nginx.url))


def report_beside_nginx(ours, peers):
    report_load("athanor", ours)
    report_load("nginx", peers)
    report_ratio("athanor to nginx", [run["per_second"] for run in ours],
                 [run["per_second"] for run in peers])


def resident_megabytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def processor_seconds(pid):
    """User and system time of a process and all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
