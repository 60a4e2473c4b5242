#!/usr/bin/python3
"""Runs the benchmarks, prints ratios beside bare programs of the same run and writes bench.json and bench.svg into the build folder.

Messages are measured beside bare Cyclone DDS, tasks beside bare stack switches (Boost.Context), libuv timers and a queue between threads.

All systems of one work take turns within a round, so that a machine's moods meet all of them; a ratio is the median of the rounds'
ratios. What is judged runs pinned to one CPU: on two CPUs of a virtual machine mostly its wake-ups are measured; those figures are
printed only. A pong has ended before the next run begins: two of them would answer each ping twice.
usage: bench/run.py <build folder> [--rounds N] [--quick] [--only TEXT]
"""
import argparse, json, os, signal, statistics, subprocess, sys

import picture

KIB, MIB = 1024, 1024 * 1024
SIZE_NAMES = {64: "64 B", 64 * KIB: "64 KiB", MIB: "1 MiB"}
ROUND_TRIPS = {64: 10000, 64 * KIB: 1500, MIB: 200}
MESSAGES = {64: 30000, 64 * KIB: 5000, MIB: 400}
OPERATIONS = {"switch": 3000000, "spawn": 1000000, "zero sleep": 1000000, "post": 1000000}
TASKS = 100000  # that sleep or are suspended at once
BURST = 10  # messages published at a time by "whorl bursts": the default history depth; the others are chains, one message at a time


class Runner:
    def __init__(self, folder):
        self.folder = os.path.join(os.path.abspath(folder), "bench")
        profile = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cmake", "loopback.xml")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("ROS_", "CYCLONEDDS_"))}
        self.environment |= {"CYCLONEDDS_URI": "file://" + os.path.realpath(profile), "ROS_DOMAIN_ID": "86"}
        self.cpu = str(min(os.sched_getaffinity(0)))

    def start(self, words, pinned):
        pin = ["taskset", "-c", self.cpu] if pinned else []
        command = pin + [os.path.join(self.folder, words[0])] + [str(word) for word in words[1:]]
        return subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def finish(self, process, words, ended_by_us=False):
        try:
            output, _ = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise SystemExit(f"bench: {words} did not end")
        if process.returncode not in ([0, -signal.SIGTERM] if ended_by_us else [0]):
            raise SystemExit(f"bench: {words} ended with {process.returncode}")
        return output

    def ping_pong(self, program, extra, size, count, pinned):
        pong_words = [program, "pong", *extra, size, 1]
        ping_words = [program, "ping", *extra, size, count]
        pong = self.start(pong_words, pinned)
        try:
            result = json.loads(self.finish(self.start(ping_words, pinned), ping_words))
        finally:
            pong.send_signal(signal.SIGTERM)
            self.finish(pong, pong_words, ended_by_us=True)
        return result

    def alone(self, words, pinned):
        return json.loads(self.finish(self.start(words, pinned), words))


class Work:
    """One thing to do, by several systems: name -> a function that runs it once and returns what the stopwatch printed."""

    def __init__(self, name, variant, systems, unit_key="p50_us", with_cpu=True, unit="us"):
        self.name, self.variant, self.systems, self.unit = name, variant, systems, unit
        self.keys = [unit_key] + (["cpu_us"] if with_cpu else [])
        self.rounds = {system: [] for system in systems}

    def run_round(self, turn):
        names = list(self.systems)
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            self.rounds[name].append(self.systems[name]())

    def median(self, system, key):
        factor = 1000 if self.unit == "ns" else 1  # programs print microseconds
        return round(factor * statistics.median(result[key] for result in self.rounds[system]), 3)

    def baseline(self, system):
        """The first system, unless it is a floor: then of the floors the one that does what this system must do."""
        return "hop floor" if "hop floor" in self.systems and system == "whorl" else next(iter(self.systems))

    def ratio(self, system, baseline, key):
        pairs = zip(self.rounds[system], self.rounds[baseline])
        return statistics.median(own[key] / other[key] for own, other in pairs)


def works(runner, quick):
    divisor = 10 if quick else 1

    def ping_pong(size, pinned):
        count = ROUND_TRIPS[size] // divisor
        return Work(f"ping-pong {SIZE_NAMES[size]}", "one CPU" if pinned else "two CPUs", {
            "floor": lambda: runner.ping_pong("floor_pingpong", ["direct"], size, count, pinned),
            "hop floor": lambda: runner.ping_pong("floor_pingpong", ["hop"], size, count, pinned),
            "whorl": lambda: runner.ping_pong("whorl_pingpong", [], size, count, pinned)})

    def delivery(size, subscribers):
        count = MESSAGES[size] // divisor
        return Work(f"same process {SIZE_NAMES[size]} x {subscribers}", "one CPU", {
            "floor": lambda: runner.alone(["floor_delivery", subscribers, size, count], True),
            "whorl copied": lambda: runner.alone(["whorl_delivery", "copied", subscribers, size, count, 1], True),
            "whorl bursts": lambda: runner.alone(["whorl_delivery", "copied", subscribers, size, count, BURST], True),
            "whorl borrowed": lambda: runner.alone(["whorl_delivery", "borrowed", subscribers, size, count, 1], True)}, "mean_us")

    for size in SIZE_NAMES:
        yield ping_pong(size, True)
        yield ping_pong(size, False)
    for size in SIZE_NAMES:
        for subscribers in (1, 10):
            yield delivery(size, subscribers)


def task_works(runner, quick):
    divisor = 10 if quick else 1

    def work(name, bare, key, unit="ns", count=0, with_cpu=False, pinned=True):
        count = count or OPERATIONS[name] // divisor
        word = name.replace(" ", "_")
        systems = {label: lambda words=words: runner.alone([*words, count], pinned) for label, words in bare.items()}
        systems["whorl"] = lambda: runner.alone(["whorl_post", count] if name == "post" else ["whorl_tasks", word, count], pinned)
        return Work(name, "one CPU" if pinned else "two CPUs", systems, key, with_cpu, unit)

    # Of laps of a thousand the median: what other programs take from the CPU meanwhile does not show.
    yield work("switch", {"bare fcontext": ["bare_fibers", "switch"]}, "p50_us")
    yield work("spawn", {"bare fcontext": ["bare_fibers", "spawn"]}, "p50_us")
    yield work("zero sleep", {"bare uv_timer": ["bare_timers", "zero_sleep"]}, "p50_us")
    for pinned, key in ((True, "cpu_us"), (False, "mean_us")):  # on one CPU they are the same, unless others take from it
        yield work("post", {"bare queue": ["bare_post", "eventfd"], "bare uv_async": ["bare_post", "uv_async"]}, key, pinned=pinned)
    yield work("sleeps", {"bare uv_timer": ["bare_timers", "sleeps"]}, "cpu_us", count=TASKS // divisor)
    yield work("suspended", {"bare fcontext": ["bare_fibers", "suspended"]}, "bytes", unit="bytes", count=TASKS // divisor)


# What must be reached: (work, system, key) -> (baseline, greatest ratio)
# Delivery is judged in bursts: microseconds per message are meant as throughput. In a chain every message also pays for a turn of its own.
TARGETS = {
    ("ping-pong 64 B", "whorl", "p50_us"): ("hop floor", 1.10),
    ("ping-pong 64 B", "whorl", "cpu_us"): ("hop floor", 1.15),
    ("same process 64 B x 1", "whorl bursts", "mean_us"): ("floor", 0.55),
    ("same process 64 B x 10", "whorl bursts", "mean_us"): ("floor", 0.35),
}
# What a thing may cost, in the work's unit: (work, system) -> greatest median. Two million posts in a second; a switch is two jumps between
# stacks, and how long these take on this machine stands beside it.
LIMITS = {("switch", "whorl"): 50, ("post", "whorl"): 500}
# Borrowed messages cost the same whatever their size: the greatest ratio to 64 B.
SIZE_TARGETS = {64 * KIB: 1.5, MIB: 2.0}


def rows_of(work):
    for key in work.keys:
        for system in work.systems:
            judged = work.variant == "one CPU"
            target = TARGETS.get((work.name, system, key)) if judged else None
            yield {"work": work.name + (", CPU" if key == "cpu_us" else ""), "system": system, "variant": work.variant,
                   "median": work.median(system, key), "unit": work.unit, "baseline": work.baseline(system),
                   "ratio": round(work.ratio(system, work.baseline(system), key), 3), "target": target and target[1],
                   "limit": LIMITS.get((work.name, system)) if judged else None}


def is_missed(row):
    return (row["target"] is not None and row["ratio"] > row["target"]) or (row["limit"] is not None and row["median"] > row["limit"])


def is_judged(row):
    return row["target"] is not None or row["limit"] is not None


def size_rows(done):
    by_name = {work.name: work for work in done if work.variant == "one CPU"}
    small = by_name.get("same process 64 B x 1")
    for size, target in SIZE_TARGETS.items():
        large = by_name.get(f"same process {SIZE_NAMES[size]} x 1")
        if small and large:
            pairs = zip(large.rounds["whorl borrowed"], small.rounds["whorl borrowed"])
            yield {"work": f"borrowed {SIZE_NAMES[size]} x 1", "system": "whorl borrowed", "variant": "one CPU",
                   "median": large.median("whorl borrowed", "mean_us"), "unit": "us", "baseline": "whorl borrowed 64 B",
                   "ratio": round(statistics.median(own["mean_us"] / other["mean_us"] for own, other in pairs), 3), "target": target,
                   "limit": None}


def show(rows):
    print(f"\n{'work':<30} {'variant':<9} {'system':<15} {'median':>10} {'':<5} {'ratio':>6}  to")
    for row in rows:
        verdict = ""
        if is_judged(row):
            bar = f"{row['target']:.2f}" if row["target"] else f"{row['limit']} {row['unit']}"
            verdict = f"  target {bar}: " + ("MISSED" if is_missed(row) else "reached")
        print(f"{row['work']:<30} {row['variant']:<9} {row['system']:<15} {row['median']:>10.2f} {row['unit']:<5} {row['ratio']:>6.2f}  "
              f"{row['baseline']}{verdict}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages: does everything run?")
    parser.add_argument("--only", default="", help="works whose name contains this")
    arguments = parser.parse_args()
    runner = Runner(arguments.folder)
    chosen = [work for work in [*task_works(runner, arguments.quick), *works(runner, arguments.quick)] if arguments.only in work.name]
    for turn in range(arguments.rounds):
        for work in chosen:
            if work.variant != "one CPU" and turn >= 3:
                continue  # not judged: a few are enough
            if sys.stderr.isatty():
                print(f"\rround {turn + 1} of {arguments.rounds}: {work.name}, {work.variant:<20}", end="", file=sys.stderr, flush=True)
            work.run_round(turn)
    rows = [row for work in chosen for row in rows_of(work)] + list(size_rows(chosen))
    show(rows)
    path = os.path.join(arguments.folder, "bench.json")
    with open(path, "w") as file:
        json.dump(rows, file, indent=1)
    picture.draw(rows, os.path.join(arguments.folder, "bench.svg"))
    judged = [row for row in rows if is_judged(row)]
    print(f"\n{sum(map(is_missed, judged))} of {len(judged)} targets missed; written to {path}")


main()
