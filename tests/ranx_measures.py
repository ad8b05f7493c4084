"""ranx's measures of lists, in a process of its own: JSON on stdin, [measures, [[item ids, grades], …]], and a list of
measure -> value on stdout. numba's compiler is off, for it takes half a minute for what runs a moment, and it must be
off before anything imports numba, which other libraries do where it is there."""

import json
import os
import sys

os.environ["NUMBA_DISABLE_JIT"] = "1"

if __name__ == "__main__":
    from ranx import Qrels, Run, evaluate

    measures, lists = json.load(sys.stdin)
    found = []
    for item_ids, grades in lists:
        # An empty list is no run to ranx: an item that nobody wants stands in for it.
        ids = item_ids or ["nobody's"]
        run = Run({"case": {i: float(len(ids) - at) for at, i in enumerate(ids)}})
        relevant = Qrels({"case": {i: grade for i, grade in grades.items() if grade > 0}})
        found.append({name: float(value) for name, value in evaluate(relevant, run, measures).items()})
    json.dump(found, sys.stdout)
