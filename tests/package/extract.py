#!/usr/bin/env python3
# extract: takes a tutorial apart. A fenced block below a line **`NAME`** is the file NAME;
# blocks of "sh" are commands, which are collected in commands.sh. Blocks of "console" are
# for people.
#   extract.py TUTORIAL DIR
import re
import sys
from pathlib import Path

text, folder = Path(sys.argv[1]).read_text(), Path(sys.argv[2])
commands = ["set -eux"]
for name, language, body in re.findall(r"(?:^\*\*`(\S+)`\*\*\n\n)?^```(\w+)\n(.*?)^```$", text, re.M | re.S):
    if name:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(body)
    elif language == "sh":
        commands.append(body)
(folder / "commands.sh").write_text("\n".join(commands))
