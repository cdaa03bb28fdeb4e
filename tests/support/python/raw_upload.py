"""Uploads whose pace a test decides, on a socket of their own."""

import http.client
import socket

BOUNDARY = "raw-upload-boundary"
HEAD = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.tar"\r\n\r\n'
        ).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


class RawUpload:
    """The header and form head are sent at once; the archive's bytes by send()."""

    def __init__(self, server, dataset, archive_bytes, timeout=120):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=timeout)
        length = len(HEAD) + archive_bytes + len(TAIL)
        self.socket.sendall(
            (f"POST /api/v1/user/{server.user}/dataset/{dataset}/upload HTTP/1.1\r\nHost: x\r\n"
             f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
             f"Content-Length: {length}\r\n\r\n").encode() + HEAD)

    def send(self, data):
        self.socket.sendall(data)

    def finish(self):
        """Ends the form; (status, body)."""
        self.socket.sendall(TAIL)
        return self.reply()

    def reply(self):
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        answer = response.status, response.read()
        self.socket.close()
        return answer

    def go_away(self):
        self.socket.close()
