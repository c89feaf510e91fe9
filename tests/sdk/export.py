"""What `guestlist world export` writes, read by PyYAML, is what it writes as JSON: `export.py YAML JSON`."""

import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    read = yaml.safe_load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    wanted = json.load(file)
assert read == wanted, f"PyYAML read {read!r}, and it is {wanted!r}"
