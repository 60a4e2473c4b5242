#!/usr/bin/python3
"""The .msg, .srv and .action files say what the real packages say: the definitions recorded in the vectors. usage: definitions_test.py <vectors>"""
import json, os, sys

SEPARATOR = "=" * 80 + "\n"
DERIVED = ("_SendGoal_Request", "_SendGoal_Response", "_GetResult_Request", "_GetResult_Response", "_FeedbackMessage")
here = os.path.dirname(os.path.abspath(__file__))
definitions = {}
for name in os.listdir(sys.argv[1]):
    with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
        vector = json.load(file)
    own, *others = vector["definition"].split(SEPARATOR)
    definitions[vector["type"]] = own
    for other in others:
        heading, _, text = other.partition("\n")
        definitions[heading[len("MSG: "):]] = text


def written(name):
    """What stands in interfaces/ for a type: the whole file, or its part of a service or action."""
    package, folder, base = name.split("/")
    parts = {"msg": [""], "srv": ["_Request", "_Response"], "action": ["_Goal", "_Result", "_Feedback"]}[folder]
    part = next(index for index, suffix in enumerate(parts) if base.endswith(suffix))
    stem = base[: len(base) - len(parts[part])]
    with open(os.path.join(here, package, folder, f"{stem}.{folder}"), encoding="utf-8") as file:
        return ("\n" + file.read()).split("\n---\n")[part]


faults = [name for name, text in definitions.items() if not name.endswith(DERIVED) and written(name).strip("\n") != text.strip("\n")]
print(f"{len(definitions)} definitions, {len(faults)} differ", *faults, sep="\n")
sys.exit(1 if faults or not definitions else 0)
