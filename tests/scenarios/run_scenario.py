#!/usr/bin/env python3
"""Runs scenario files against a real server; tests/scenarios/README.md describes their form.

    run_scenario.py --program build/release/bin/athanor datasets.http
"""

import argparse
import json
import pathlib
import re
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support" / "python"))
import athanor_server  # noqa: E402
import openapi_check  # noqa: E402
import pictures  # noqa: E402

REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\S+)$")
REPLY = re.compile(r"=> (\d{3})(?: within (\d+) s)?$")
HEADER = re.compile(r"([A-Za-z-]+): (.*)$")
VARIABLE = re.compile(r"\{\{(\w+)\}\}")
CAPTURE = re.compile(r"\{\{(\w+)=\}\}$")

MATCHERS = {
    "<any>": lambda value: True,
    "<string>": lambda value: isinstance(value, str),
    "<text>": lambda value: isinstance(value, str) and value != "",
    "<number>": lambda value: is_number(value),
    "<array>": lambda value: isinstance(value, list),
    "<object>": lambda value: isinstance(value, dict),
    "<uuid4>": lambda value: matches(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", value),
    "<time>": lambda value: matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", value),
}


class Failed(Exception):
    """A step that did not go as written."""


def matches(pattern, value):
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Step:
    """One request and what must come back."""

    def __init__(self, title, line_number):
        self.title = title
        self.line_number = line_number
        self.method = self.path = None
        self.headers = {}
        self.body = ""
        self.status = None
        self.within = 0
        self.expected_headers = {}
        self.expected = ""


def parse(text):
    """The steps of a scenario file."""
    steps, step, section = [], None, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("### "):
            step, section = Step(line[4:].strip(), number), "start"
            steps.append(step)
        elif step is None or line.startswith("# "):
            continue
        elif section == "start" and (found := REQUEST.match(line)):
            step.method, step.path = found.groups()
            section = "headers"
        elif found := REPLY.match(line):
            step.status, step.within = int(found[1]), int(found[2] or 0)
            section = "expected headers"
        elif section in ("headers", "expected headers") and (found := HEADER.match(line)):
            target = step.headers if section == "headers" else step.expected_headers
            target[found[1]] = found[2]
        elif section in ("headers", "body"):
            section = "body"
            step.body += line + "\n"
        elif section in ("expected headers", "expected"):
            section = "expected"
            step.expected += line + "\n"
        elif line.strip():
            raise Failed(f"line {number}: not understood: {line}")
    for step in steps:
        if step.method is None or step.status is None:
            raise Failed(f"line {step.line_number}: a step needs a request and a '=> STATUS' line")
    return steps


def compare(expected, actual, where, variables):
    """Raises unless `expected` is a subset of `actual`; fills captures into `variables`."""
    if isinstance(expected, dict):
        compare_object(expected, actual, where, variables)
    elif isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            raise Failed(f"{where}: {json.dumps(actual)} is no array of {len(expected)}")
        for index, item in enumerate(expected):
            compare(item, actual[index], f"{where}[{index}]", variables)
    elif isinstance(expected, str):
        compare_text(expected, actual, where, variables)
    elif is_number(expected) != is_number(actual) or expected != actual:
        raise Failed(f"{where}: {json.dumps(actual)} is not {json.dumps(expected)}")


def compare_object(expected, actual, where, variables):
    if not isinstance(actual, dict):
        raise Failed(f"{where}: {json.dumps(actual)} is no object")
    wanted = dict(expected)
    if wanted.pop("<only>", False) and list(wanted) != list(actual):
        raise Failed(f"{where}: has the keys {list(actual)}, not {list(wanted)}")
    for key, value in wanted.items():
        if value == "<absent>":
            if key in actual:
                raise Failed(f"{where}.{key}: must be absent")
            continue
        if key not in actual:
            raise Failed(f"{where}.{key}: is missing from {json.dumps(actual)[:400]}")
        compare(value, actual[key], f"{where}.{key}", variables)


def compare_text(expected, actual, where, variables):
    if found := CAPTURE.match(expected):
        variables[found[1]] = actual
    elif expected in MATCHERS:
        if not MATCHERS[expected](actual):
            raise Failed(f"{where}: {json.dumps(actual)} is not {expected}")
    elif expected.startswith("<has "):
        if not isinstance(actual, str) or expected[5:-1].lower() not in actual.lower():
            raise Failed(f"{where}: {json.dumps(actual)} lacks {expected[5:-1]!r}")
    elif expected.startswith("<not "):
        if actual == expected[5:-1]:
            raise Failed(f"{where}: is still {json.dumps(actual)}")
    elif expected != actual:
        raise Failed(f"{where}: {json.dumps(actual)} is not {json.dumps(expected)}")


class Runner:
    """Runs the steps of one file; what was captured is kept between them."""

    def __init__(self, server):
        self.server = server
        self.variables = {"user": server.user, "other": str(uuid.uuid4())}
        self.document = openapi_check.Document(server.request("GET", "/openapi.json")[2])

    def fill(self, text):
        def value(found):
            if found[1] not in self.variables:
                raise Failed(f"nothing was captured as {{{{{found[1]}}}}}")
            return str(self.variables[found[1]])
        return VARIABLE.sub(value, text)

    def content(self, step):
        """The body to send and the headers that it needs."""
        text = self.fill(step.body).strip()
        headers = {name: self.fill(value) for name, value in step.headers.items()}
        if text.startswith("@archive"):
            body, kind = athanor_server.multipart(make_archive(text.split()[1:]))
            headers.setdefault("Content-Type", kind)
            return body, headers
        if text.startswith("@file"):
            _, name, content = text.split(maxsplit=2)
            body, kind = athanor_server.multipart(content.encode(), name)
            headers.setdefault("Content-Type", kind)
            return body, headers
        return text.encode() if text else None, headers

    def attempt(self, step):
        path = self.fill(step.path)
        if path.startswith("~"):
            path = f"/api/v1/user/{self.server.user}{path[1:]}"
        body, headers = self.content(step)
        status, reply_headers, reply = self.server.request(step.method, path, body, headers)
        try:
            self.document.check(step.method, path, status, reply_headers, reply)
        except openapi_check.Violation as violation:
            raise Failed(f"against /openapi.json: {violation}") from None
        if status != step.status:
            raise Failed(f"status {status}, not {step.status}: {reply[:400]!r}")
        for name, value in step.expected_headers.items():
            if value == "<absent>":
                if name in reply_headers:
                    raise Failed(f"{name}: must be absent, not {reply_headers[name]!r}")
                continue
            compare(self.fill(value), reply_headers.get(name), name, self.variables)
        if step.expected.strip():
            expected = json.loads(self.fill(step.expected))
            compare(expected, openapi_check.strict_json(reply), "reply", self.variables)

    def run(self, step):
        deadline = time.monotonic() + step.within
        while True:
            try:
                return self.attempt(step)
            except Failed:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.1)


def make_archive(names):
    """`@archive a/b.png notes.txt classes.json=["cat"]`: tiny pictures where the name says so, else
    what is given or a line of text."""
    def content(name, given, seed):
        if name.endswith(".png"):
            return pictures.png((200, 50, 50), seed=seed, side=8)
        return given.encode() if given else b"text\n"

    members = [name.partition("=") for name in names]
    return pictures.archive({name: content(name, given, seed)
                             for seed, (name, _, given) in enumerate(members)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--worker", help="stands in for athanor-worker")
    parser.add_argument("scenario", type=pathlib.Path)
    arguments = parser.parse_args()

    steps = parse(arguments.scenario.read_text())
    with athanor_server.Server(arguments.program, arguments.worker) as server:
        runner = Runner(server)
        for step in steps:
            try:
                runner.run(step)
            except Failed as failure:
                print(f"{arguments.scenario.name}:{step.line_number}: {step.title}\n  {failure}")
                print("server log:\n" + server.log[-3000:])
                return 1
            print(f"ok  {step.title}")
    return 0 if steps else 1


if __name__ == "__main__":
    sys.exit(main())
