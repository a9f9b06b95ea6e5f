"""A headless Chromium, told what to do through a pair of pipes (DevTools protocol). For the system tests.

It has no network: whatever a page asks for beyond its own file is refused, and counted.
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time

PROGRAM = shutil.which("chromium")
PATIENCE = 120  # seconds for one answer, on a machine with much else to do
A4 = {"paperWidth": 8.27, "paperHeight": 11.69}


def _pipe():
    """A pipe whose ends are none of the numbers 3 and 4, which the browser reads and writes."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Browser:
    """Inside the with block a page is open."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="mxcensus-browser.")
        command_read, command_write = _pipe()
        answer_read, answer_write = _pipe()
        self.process = subprocess.Popen(
            [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
             "--proxy-server=127.0.0.1:9", "--no-first-run", "--disable-background-networking", f"--user-data-dir={self.profile}"],
            pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: (os.dup2(command_read, 3), os.dup2(answer_write, 4)))
        os.close(command_read)
        os.close(answer_write)
        self.out, self.into, self.heard = command_write, answer_read, b""
        self.number, self.session, self.events = 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.into)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _message(self):
        """The next of what the browser says."""
        while b"\0" not in self.heard:
            more = os.read(self.into, 1 << 20)
            if not more:
                raise RuntimeError("the browser is gone")
            self.heard += more
        text, _, self.heard = self.heard.partition(b"\0")
        return json.loads(text)

    def call(self, method, **parameters):
        """One command; its result. Events that come first are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self._message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            self.events.append(answer)
        raise TimeoutError(method)

    def show(self, width, dark=False, media="screen"):
        """The window's width in pixels, and what the reader prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path):
        """Load a file and wait until it stands."""
        self.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while not self.evaluate("document.readyState === 'complete'"):
            time.sleep(0.05)

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("text"))
        return result["result"].get("value")

    def complaints(self):
        """What stands on the console."""
        return [e["params"] for e in self.events
                if e.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")]

    def requests(self):
        """The addresses that the page asked for, without those that hold their data in themselves."""
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"
                and not e["params"]["request"]["url"].startswith("data:")]

    def picture(self, path):
        """The whole page as PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        self._keep(path, data)

    def paper(self, path):
        """The page as it is printed: PDF, A4."""
        self._keep(path, self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True, **A4)["data"])

    @staticmethod
    def _keep(path, data):
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))
