"""Tasks that wait: for time, a server, a disk, another program."""

import os
import subprocess
import tempfile
import threading
import time
import urllib.request
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Page(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.004)
        body = f"page {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@cache
def _port(process):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def polled(number):
    time.sleep(0.002)
    return number


def polled_slowly(number):
    time.sleep(0.03)
    return number % 3


def fetched(number):
    with urllib.request.urlopen(f"http://127.0.0.1:{_port(os.getpid())}/{number}") as answer:
        return answer.read()


def flushed(number):
    with tempfile.TemporaryFile() as file:
        file.write(b"%d" % number * 1_000)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def sorted_by_program(number):
    lines = "\n".join(str(line * number % 101) for line in range(100))
    return subprocess.run(["sort", "-n"], input=lines, capture_output=True, text=True, check=True).stdout


def slept_by_program(number):
    return subprocess.run(["sleep", f"0.0{1 + number % 2}"], check=True).returncode
