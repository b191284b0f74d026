"""A web server on loopback that serves a folder, well or badly. Prints its port and process id.

usage: corpus_server.py FOLDER LOG

The first part of a path says how the rest is served:
  plain      with ranges, an ETag and a length
  no_ranges  whatever part is asked for, all of the file is sent
  stubborn   the part that is asked for is sent, even if the file has changed
  torn       every odd request of a file breaks off in the middle
  stalled    every odd request of a file sends its first half and then nothing
  busy       the first two requests of a file get status 503
  redirect   to plain
  unsized    without a length, an ETag or ranges
Each request appends "PATH RANGE STATUS" to LOG.
"""

import collections
import hashlib
import http.server
import os
import re
import sys
import time

FOLDER, LOG = sys.argv[1:]
requests = collections.Counter()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        with open(LOG, "a") as log:
            print(self.path, self.headers.get("Range", "-"), status, file=log)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def requested_range(self, etag, size, manner):
        """The first byte that is asked for, or None for all."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not match or manner in ("no_ranges", "unsized"):
            return None
        if self.headers.get("If-Range", etag) != etag and manner != "stubborn":
            return None
        return int(match.group(1))

    def do_GET(self):
        _, manner, name = self.path.split("/", 2)
        requests[self.path] += 1
        odd = requests[self.path] % 2 == 1
        if manner == "busy" and requests[self.path] <= 2:
            return self.answer(503, {"Content-Length": 0})
        if manner == "redirect":
            return self.answer(302, {"Location": "/plain/" + name, "Content-Length": 0})
        path = os.path.join(FOLDER, name)
        if not os.path.isfile(path):
            return self.answer(404, {"Content-Length": 4}, b"none")
        with open(path, "rb") as file:
            content = file.read()
        if manner == "unsized":
            return self.answer(200, {}, content)
        etag = '"%s"' % hashlib.sha256(content).hexdigest()[:16]
        start = self.requested_range(etag, len(content), manner)
        if start is not None and start >= len(content):
            return self.answer(416, {"Content-Range": "bytes */%d" % len(content)})
        body = content[start or 0 :]
        headers = {"ETag": etag, "Content-Length": len(body)}
        if start is not None:
            headers["Content-Range"] = "bytes %d-%d/%d" % (start, len(content) - 1, len(content))
        broken = manner in ("torn", "stalled") and odd
        self.answer(200 if start is None else 206, headers, body[: len(body) // 2] if broken else body)
        if broken and manner == "stalled":
            self.wfile.flush()
            time.sleep(600)
        self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, os.getpid(), flush=True)
server.serve_forever()
