"""Running programs: every one is bounded in time, and a failure says what was run and what it answered."""
import os
import subprocess
import sys
import time

STARTED = time.monotonic()


class Failed(Exception):
    """Something that had to work did not."""


def say(text):
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def run(*command, check=True, timeout=60, stdin=None, env=None):
    """Runs to the end; returns the completed process, its output as text."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, env=env, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{' '.join(words[:12])}: not done after {timeout} s") from error
    if check and done.returncode:
        raise Failed(f"{' '.join(words[-12:])[:300]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done


def start(*command, log=None, env=None):
    """Starts a program in a session of its own; what it prints goes to the file `log`."""
    out = open(log, "ab") if log else subprocess.DEVNULL  # pylint: disable=consider-using-with
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                            start_new_session=True, env=env)


def wait_for(what, condition, timeout=30, every=0.1):
    """Asks `condition` until it holds and returns its answer; fails after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {timeout} s")
        time.sleep(every)


def tool(name):
    """A binary of this workspace."""
    return os.path.join(os.environ["ADTAP_LAB_BIN"], name)


def warn(text):
    print(text, file=sys.stderr, flush=True)
