#!/usr/bin/env python3
"""Whether Python's huggingface_hub and ./llama find in the cache what the other has put there.

    python3 -m venv venv && venv/bin/pip install huggingface_hub
    venv/bin/python tools/check/hub_interop.py [--llama ./llama]

A hub on the loopback address serves a small repository: files in git, large ones with a SHA-256 by way of a redirect, one
in a folder. Nothing else is asked. Prints "ok" for each check, and stops at the first that fails.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPO = "han/poet"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": (b'{"model_type":"llama"}\n', False),
    "README.md": (b"# a poet\n", False),
    "tokenizer.model": (bytes(range(256)) * 40, True),
    "model.safetensors": (bytes((i * i * 31 + i) % 251 for i in range(300_007)), True),
    "notes/more.json": (b"{}", False),
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def git_sha1(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def pointer(data):
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(data)}\nsize {len(data)}\n"
    return git_sha1(text.encode())


def tree():
    for path, (data, large) in FILES.items():
        entry = {"type": "file", "path": path, "size": len(data), "oid": pointer(data) if large else git_sha1(data)}
        if large:
            entry["lfs"] = {"oid": sha256(data), "size": len(data), "pointerSize": 134}
        yield entry


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith(f"/api/models/{REPO}/tree/"):
            self.answer(200, json.dumps(list(tree())).encode(), Content_Type="application/json")
        elif path.startswith(f"/api/models/{REPO}"):
            siblings = [{"rfilename": name} for name in FILES]
            body = {"sha": COMMIT, "id": REPO, "siblings": siblings, "private": False, "gated": False}
            self.answer(200, json.dumps(body).encode(), Content_Type="application/json")
        elif path.startswith(f"/{REPO}/resolve/"):
            self.file(path.removeprefix(f"/{REPO}/resolve/").split("/", 1)[1])
        elif path.startswith("/storage/"):
            data = next(data for data, _ in FILES.values() if sha256(data) == path.removeprefix("/storage/"))
            self.content(data)
        else:
            self.answer(404, X_Error_Code="RepoNotFound")

    do_HEAD = do_GET

    def file(self, name):
        if name not in FILES:
            self.answer(404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
            return
        data, large = FILES[name]
        if large:
            self.answer(
                302,
                X_Repo_Commit=COMMIT,
                X_Linked_Etag=f'"{sha256(data)}"',
                X_Linked_Size=str(len(data)),
                Location=f"http://localhost:{self.server.server_port}/storage/{sha256(data)}",
            )
        else:
            self.content(data, X_Repo_Commit=COMMIT, ETag=f'"{git_sha1(data)}"')

    def content(self, data, **headers):
        if self.headers.get("Range"):
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            first, last = int(first), min(int(last) if last else len(data) - 1, len(data) - 1)
            headers["Content_Range"] = f"bytes {first}-{last}/{len(data)}"
            self.answer(206, data[first : last + 1], **headers)
        else:
            self.answer(200, data, **headers)


def listing(home):
    """Every file and link but locks, what it leads to or its hash."""
    root = pathlib.Path(home, "hub")
    lines = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(".locks") or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            lines.append(f"{name} -> {os.readlink(path)}")
        elif name.startswith("models--han--poet/trees/"):
            lines.append(f"{name} {json.dumps(json.loads(path.read_text()), sort_keys=True)}")
        elif name == "CACHEDIR.TAG":
            lines.append(f"{name} {path.read_text().splitlines()[0]}")
        else:
            lines.append(f"{name} {sha256(path.read_bytes())}")
    return lines


def check(what, condition, details=""):
    print("ok  " if condition else "FAIL", what, flush=True)
    if not condition:
        sys.exit(details)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--llama", default="./llama")
    llama = parser.parse_args().llama.split()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"

    def environment(home, offline):
        dead = {"HF_ENDPOINT": "http://127.0.0.1:9"} if offline else {"HF_ENDPOINT": endpoint}
        return os.environ | dead | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "01"[offline], "HF_HUB_DISABLE_XET": "1"}

    def java(home, *args, offline=False):
        out = subprocess.run([*llama, *args, "--json"], env=environment(home, offline), capture_output=True, text=True)
        check(f"./llama {' '.join(args)}{' offline' if offline else ''}", out.returncode == 0, out.stderr)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def python(home, code, offline=False):
        code = "import json, huggingface_hub as h\n" + code
        out = subprocess.run([sys.executable, "-c", code], env=environment(home, offline), capture_output=True, text=True)
        check(f"python{' offline' if offline else ''}: {code.splitlines()[-1][:70]}", out.returncode == 0, out.stderr)
        return json.loads(out.stdout)

    every = [argument for name in FILES for argument in ("--file", name)]
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        mine = java(ours, "pull", REPO, *every)[0]
        folder = python(ours, f"print(json.dumps(h.snapshot_download({REPO!r})))", offline=True)
        check("Python finds the same folder", folder == mine["folder"], folder)
        for name, (data, _) in FILES.items():
            path = python(ours, f"print(json.dumps(h.hf_hub_download({REPO!r}, {name!r})))", offline=True)
            check(f"  with the right {name}", pathlib.Path(path).read_bytes() == data)
        scan = "s = h.scan_cache_dir()\nprint(json.dumps([s.size_on_disk, [str(w) for w in s.warnings], [r.repo_id for r in s.repos]]))"
        size, warnings, repos = python(ours, scan, offline=True)
        check("Python's scan finds nothing odd", warnings == [] and repos == [REPO], warnings)
        check("and the same size as cache list", size == java(ours, "cache", "list")[0]["bytes"], size)

        folder = python(theirs, f"print(json.dumps(h.snapshot_download({REPO!r})))")
        found = java(theirs, "pull", REPO, *every, offline=True)[0]
        check("./llama finds what Python has fetched", found["folder"] == folder, found)
        again = java(theirs, "pull", REPO, *every)[0]
        check("and fetches nothing of it again", again["received_bytes"] == 0, again)
        check("both left the same files", listing(ours) == listing(theirs), "\n".join(["ours:", *listing(ours), "theirs:", *listing(theirs)]))
        print("\n".join(listing(ours)))


if __name__ == "__main__":
    main()
