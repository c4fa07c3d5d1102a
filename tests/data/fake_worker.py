"""Stands in for the engine in tests of the add-on: speaks the worker's protocol, computes nothing.

The name of the video says what happens: ``good`` copies the take named by FAKE_TAKE, ``slow`` goes on until it is
cancelled, ``bad`` is refused, ``die`` kills this process the first time, ``warn`` warns before it is done.
"""

import json
import os
import shutil
import signal
import sys
import time


def say(kind, **fields):
    sys.stdout.write(json.dumps({"type": kind} | fields) + "\n")
    sys.stdout.flush()


def progress(job, done, total=10):
    say("progress", job=job, stage="landmarks", done=done, total=total, eta_s=1.5)


def capture(job, settings):
    source, output = settings["source"], settings["output"]
    journal = output + ".journal"
    resumed = os.path.isdir(journal)
    if "bad" in source:
        say("error", job=job, code="bad-input", message="There is no person in bad.mp4.", hint="Choose another.")
        return
    os.makedirs(journal, exist_ok=True)
    with open(os.path.join(journal, "meta.json"), "w") as meta:
        meta.write("{}")
    progress(job, 3)
    if "die" in source and not resumed:
        os.kill(os.getpid(), signal.SIGKILL)
    if "warn" in source:
        say("warning", job=job, message="The lens is a guess.")
    if "slow" in source:
        for line in sys.stdin:
            if json.loads(line)["type"] in ("cancel", "shutdown"):
                say("error", job=job, code="cancelled", message="Cancelled.", hint="")
                return
    shutil.copy(os.environ["FAKE_TAKE"], output)
    shutil.rmtree(journal)
    progress(job, 10)
    say("result", job=job, path=output, summary={"resumed": resumed})


say("hello", protocol=1, version="0.1.0", pid=os.getpid())
for request in sys.stdin:
    message = json.loads(request)
    if message["type"] == "capture":
        capture(message["job"], message["settings"])
    elif message["type"] == "shutdown":
        break
    elif "settings" in message:
        say("error", job=message["job"], code="bad-input", message="This engine only pretends.", hint="")
    time.sleep(0)
