"""Chromium for tests of pages: started, led and asked as WebDriver's standard says."""

import base64
import contextlib
import json
import subprocess
import urllib.request

KEYS = {"tab": "\ue004", "enter": "\ue007", "shift": "\ue008", "escape": "\ue00c", "end": "\ue010", "home": "\ue011",
        "left": "\ue012", "up": "\ue013", "right": "\ue014", "down": "\ue015"}


class Browser:
    """Chromium, spoken to as WebDriver's standard says."""

    def __init__(self, folder, width, height=1600):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True, cwd=folder)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                break
        port = line.rpartition(" ")[2].strip().rstrip(".")
        self.at = f"http://127.0.0.1:{port}/session"
        # It asks no server but the one under test.
        args = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
                "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                f"--window-size={width},{height}"]
        options = {"args": args}
        if width < 500:
            options["mobileEmulation"] = {"deviceMetrics": {"width": width, "height": 844, "pixelRatio": 2}}
        made = self.post("", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.at += "/" + made["sessionId"]

    def post(self, path, body):
        asked = urllib.request.Request(self.at + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return json.load(answer)["value"]

    def run(self, script, *args):
        """What the body of a function, in the page, returns."""
        return self.post("/execute/sync", {"script": script, "args": args})

    def chrome(self, command, **params):
        """A command of Chrome's own protocol."""
        return self.post("/goog/cdp/execute", {"cmd": command, "params": params})

    def keys(self, *keys):
        """Presses keys where the focus is: single characters, some of them of KEYS, or lists that are held down together."""
        actions = []
        for key in keys:
            held = key if isinstance(key, list) else [key]
            actions += [{"type": "keyDown", "value": one} for one in held] + [{"type": "keyUp", "value": one} for one in reversed(held)]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def press(self, x, y, to=None):
        """Clicks at a place of the window, or drags what is there to another."""
        steps = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}, {"type": "pointerDown", "button": 0}]
        if to:
            steps += [{"type": "pointerMove", "x": round((x + to[0]) / 2), "y": round((y + to[1]) / 2), "duration": 60},
                      {"type": "pointerMove", "x": round(to[0]), "y": round(to[1]), "duration": 60}]
        self.post("/actions", {"actions": [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
                                            "actions": steps + [{"type": "pointerUp", "button": 0}]}]})

    def log(self):
        """What came to the console since it was asked for last."""
        return [entry["message"] for entry in self.post("/se/log", {"type": "browser"})]

    def picture(self, file):
        with urllib.request.urlopen(self.at + "/screenshot", timeout=120) as answer:
            file.write_bytes(base64.b64decode(json.load(answer)["value"]))

    def close(self):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(urllib.request.Request(self.at, method="DELETE"), timeout=60).close()
        self.driver.terminate()
        self.driver.wait()
