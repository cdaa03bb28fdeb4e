"""A client of server-sent events (HTML standard, section 9.2) for tests."""

import http.client
import json


class Event:
    def __init__(self):
        self.id = None
        self.type = "message"
        self.lines = []

    @property
    def data(self):
        return "\n".join(self.lines)

    @property
    def json(self):
        return json.loads(self.data)


class EventStream:
    """Iterates over the events of one reply, to its end. `heartbeats` counts comments."""

    def __init__(self, server, path, last_event_id=None, timeout=60):
        if path.startswith("/"):
            path = f"/api/v1/user/{server.user}{path}"
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.heartbeats = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def __iter__(self):
        return self

    def __next__(self):
        event = Event()
        while True:
            line = self.response.readline().decode()
            if not line:
                raise StopIteration
            line = line.rstrip("\n")
            if line.startswith(":"):
                self.heartbeats += 1
            elif line:
                name, _, value = line.partition(": ")
                if name == "data":
                    event.lines.append(value)
                elif name == "id":
                    event.id = value
                elif name == "event":
                    event.type = value
            elif event.lines:
                return event

    def take(self, count):
        return [next(self) for _ in range(count)]
