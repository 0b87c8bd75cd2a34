"""Renders templates as Home Assistant does: the same sandbox, and of its functions those that ours use.

A program of its own, for the system's Python (jinja2 is Debian's package): reads {"template": …, "message": …} lines,
writes the texts as JSON, a line each.
"""

import datetime
import json
import random
import sys

import jinja2.sandbox


class Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    def __init__(self):
        super().__init__(undefined=jinja2.StrictUndefined)
        self.globals.update(utcnow=lambda: datetime.datetime.now(datetime.timezone.utc), timedelta=datetime.timedelta)
        self.filters["random"] = random.choice


def main():
    environment = Sandbox()
    for line in sys.stdin:
        job = json.loads(line)
        text = environment.from_string(job["template"]).render(value_json=job["message"], value="PRESS")
        print(json.dumps(text.strip()), flush=True)


if __name__ == "__main__":
    main()
