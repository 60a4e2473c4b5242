#!/usr/bin/python3
"""Runs the benchmarks, prints ratios beside bare programs of the same run and writes bench.json and bench.svg into the build folder,
or into another one. CONTRIBUTING.md says what is in them.

Messages and simulated time are measured beside bare Cyclone DDS, services beside messages, tasks beside bare stack switches
(Boost.Context), libuv timers and a queue between threads, timers beside a timerfd, executors beside bare Cyclone DDS and themselves,
with what they can do and with more than they can do: then a message is served, or counted as lost, and the program fails if any is neither.

All systems of one work take turns within a round, so that a machine's moods meet all of them; a ratio is the median of the rounds'
ratios. What is judged runs pinned to one CPU: on two CPUs of a virtual machine mostly its wake-ups are measured; those figures are
printed only. A pong has ended before the next run begins: two of them would answer each ping twice.
usage: bench/run.py <build folder> [--rounds N] [--quick] [--only TEXT] [--output FOLDER]
"""
import argparse, json, os, statistics, sys

import picture
from measuring import Runner
from works import KIB, MIB, SIZE_NAMES, works

# What must be reached: (work, system, key) -> (baseline, greatest ratio)
# Delivery is judged in bursts: microseconds per message are meant as throughput. In a chain every message also pays for a turn of its own.
# What Whorl's kernel costs by itself is judged by the machine's own pace: two bare jumps between stacks, as a switch makes them. 50 ns for a switch and
# 120 ns for a dispatch (a trigger, its place in the order, an empty callback) are meant where these take 15 ns.
TARGETS = {
    ("switch", "whorl", "p50_us"): ("bare fcontext", 50 / 15),
    ("dispatch", "events of 10", "p50_us"): ("bare fcontext", 120 / 15),
    ("dispatch", "rounds of 10", "p50_us"): ("bare fcontext", 120 / 15),
    ("one group, N threads", "2 threads", "mean_us"): ("events", 1 / 0.95),
    ("one group, N threads", "4 threads", "mean_us"): ("events", 1 / 0.95),
    ("one group, N threads", "8 threads", "mean_us"): ("events", 1 / 0.95),
    ("ping-pong 64 B", "whorl", "p50_us"): ("hop floor", 1.10),
    ("ping-pong 64 B", "whorl", "cpu_us"): ("hop floor", 1.15),
    ("same process 64 B x 1", "whorl bursts", "mean_us"): ("floor", 0.55),
    ("same process 64 B x 10", "whorl bursts", "mean_us"): ("floor", 0.35),
    ("single-threaded executor 64 B", "whorl, 1 of 1", "cpu_us"): ("floor", 0.55),
    ("events executor 64 B", "whorl, 1 of 1", "cpu_us"): ("floor", 0.55),
    ("service call", "whorl service", "p50_us"): ("whorl ping-pong", 1.15),
    ("/clock 1 kHz, a tick", "whorl 50 nodes", "cpu_us"): ("bare reader", 1.25),
    ("timer 50 Hz", "whorl", "p50_us"): ("bare timerfd", 1.10),
    ("timer 300 Hz", "whorl", "p50_us"): ("bare timerfd", 1.10),
    ("timer 1000 Hz", "whorl", "p50_us"): ("bare timerfd", 1.10),
    ("3 nodes x 100 Hz, a message", "whorl", "cpu_us"): ("bare Cyclone", 1.50),
}
# What a thing may cost, in the work's unit: (work, system, key) -> greatest median. Two million posts in a second; a hundred processes of one node each
# that start at once, as docs/configuration.md advises, have found each other in ten.
LIMITS = {("post", "whorl", "cpu_us"): 500, ("a hundred processes meet", "whorl", "seconds"): 10}
# Between two systems of Whorl's own: (work, title, system, baseline, key) -> greatest ratio. Fifty nodes cost what one costs,
# and subscriptions that are idle nothing.
AMONG_OWN = {("/clock 1 kHz, a tick", "/clock 1 kHz, 50 nodes by 1", "whorl 50 nodes", "whorl 1 node", "cpu_us"): 1.10} | {
    (f"{kind} executor 64 B", f"{kind}, 1 of 1000 by 1 of 1", "whorl, 1 of 1000", "whorl, 1 of 1", "cpu_us"): 1.20
    for kind in ("single-threaded", "events", "static")}
# Borrowed messages cost the same whatever their size: the greatest ratio to 64 B.
SIZE_TARGETS = {64 * KIB: 1.5, MIB: 2.0}


def row(work, system, key, title, baseline, ratio, target=None, limit=None):
    return {"work": title, "system": system, "variant": work.variant, "median": work.median(system, key), "unit": work.unit_of(key),
            "baseline": baseline, "ratio": round(ratio, 3), "target": target, "limit": limit}


def rows_of(work):
    for key in work.keys:
        for system in work.systems:
            target = TARGETS.get((work.name, system, key)) if work.judged else None
            yield row(work, system, key, work.title(key), work.baseline(system), work.ratio(system, work.baseline(system), key),
                      target and target[1], LIMITS.get((work.name, system, key)) if work.judged else None)


def is_missed(row):
    return (row["target"] is not None and row["ratio"] > row["target"]) or (row["limit"] is not None and row["median"] > row["limit"])


def is_judged(row):
    return row["target"] is not None or row["limit"] is not None


def own_rows(done):
    by_name = {work.name: work for work in done if work.variant == "one CPU"}
    for (name, title, system, baseline, key), target in AMONG_OWN.items():
        if name in by_name:
            yield row(by_name[name], system, key, title, baseline, by_name[name].ratio(system, baseline, key), target)
    small = by_name.get("same process 64 B x 1")
    for size, target in SIZE_TARGETS.items():
        large = by_name.get(f"same process {SIZE_NAMES[size]} x 1")
        if small and large:
            pairs = zip(large.rounds["whorl borrowed"], small.rounds["whorl borrowed"])
            ratio = statistics.median(own["mean_us"] / other["mean_us"] for own, other in pairs)
            yield row(large, "whorl borrowed", "mean_us", f"borrowed {SIZE_NAMES[size]} x 1", "whorl borrowed 64 B", ratio, target)


def lost_calls(done):
    """Of timers, over all rounds: a machine that stops for longer than a period loses calls of any program."""
    return {work.name: {system: work.total(system, "lost") for system in work.systems}
            for work in done if all("lost" in result for results in work.rounds.values() for result in results)}


def show(rows, lost):
    print(f"\n{'work':<32} {'variant':<9} {'system':<15} {'median':>10} {'':<5} {'ratio':>6}  to")
    for row in rows:
        verdict = ""
        if is_judged(row):
            bar = f"{row['target']:.2f}" if row["target"] else f"{row['limit']} {row['unit']}"
            verdict = f"  target {bar}: " + ("MISSED" if is_missed(row) else "reached")
        print(f"{row['work']:<32} {row['variant']:<9} {row['system']:<15} {row['median']:>10.2f} {row['unit']:<5} {row['ratio']:>6.2f}  "
              f"{row['baseline']}{verdict}")
    for name, counts in lost.items():
        print(f"{name}: calls lost, all rounds: " + ", ".join(f"{system} {count}" for system, count in counts.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages: does everything run?")
    parser.add_argument("--only", default="", help="works whose name contains this")
    parser.add_argument("--output", help="folder of bench.json and bench.svg in place of the build folder")
    arguments = parser.parse_args()
    chosen = [work for work in works(Runner(arguments.folder), arguments.quick) if arguments.only in work.name]
    if not chosen:
        raise SystemExit(f"bench: no work's name contains '{arguments.only}'")
    output = arguments.output or arguments.folder
    os.makedirs(output, exist_ok=True)  # what is written last is seen to be possible first
    for turn in range(arguments.rounds):
        for work in chosen:
            if work.most_rounds is not None and turn >= work.most_rounds:
                continue
            if sys.stderr.isatty():
                print(f"\rround {turn + 1} of {arguments.rounds}: {work.name}, {work.variant:<20}", end="", file=sys.stderr, flush=True)
            work.run_round(turn)
    rows, lost = [row for work in chosen for row in rows_of(work)] + list(own_rows(chosen)), lost_calls(chosen)
    show(rows, lost)
    path = os.path.join(output, "bench.json")
    with open(path, "w") as file:
        json.dump({"rows": rows, "lost_calls": lost}, file, indent=1)
    picture.draw(rows, os.path.join(output, "bench.svg"))
    judged = [row for row in rows if is_judged(row)]
    print(f"\n{sum(map(is_missed, judged))} of {len(judged)} targets missed; written to {path}")


main()
