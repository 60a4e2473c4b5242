"""Runs a benchmark's programs, and keeps what their stopwatches printed, round by round."""
import contextlib, json, os, signal, statistics, subprocess


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

    @contextlib.contextmanager
    def running(self, words, pinned):
        """Beside what is measured; it has ended before anything else begins."""
        process = self.start(words, pinned)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            self.finish(process, words, ended_by_us=True)

    def alone(self, words, pinned):
        return json.loads(self.finish(self.start(words, pinned), words))

    def ping_pong(self, program, words, count, pinned):
        with self.running([program, "pong", *words, 1], pinned):
            return self.alone([program, "ping", *words, count], pinned)

    def beside(self, source, words, pinned):
        with self.running(source, pinned):
            return self.alone(words, pinned)


class Work:
    """One thing to do, by several systems: name -> a function that runs it once and returns what the stopwatch printed."""

    SUFFIXES = {"cpu_us": ", CPU", "p99_us": ", p99", "cpu": ", of a CPU", "cpu_seconds": ", CPU"}  # of the work's name, where it is not the first thing that is told of it

    def __init__(self, name, variant, systems, keys=("p50_us", "cpu_us"), unit="us", units=None, most_rounds=None, judged=None, repeats=1):
        self.name, self.variant, self.systems, self.keys = name, variant, systems, keys
        self.unit, self.units = unit, units or {}  # of all keys, and of those that have another one
        self.judged = variant == "one CPU" if judged is None else judged
        self.most_rounds = most_rounds or (None if variant == "one CPU" else 3)  # not judged: a few are enough
        self.repeats = repeats  # in a round
        self.rounds = {system: [] for system in systems}

    def run_round(self, turn):
        names = list(self.systems)
        for turn in range(turn * self.repeats, (turn + 1) * self.repeats):
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                self.rounds[name].append(self.systems[name]())

    def title(self, key):
        return self.name + (self.SUFFIXES.get(key, "") if key != self.keys[0] else "")

    def unit_of(self, key):
        return self.units.get(key, self.unit)

    def median(self, system, key):
        factor = 1000 if self.unit_of(key) == "ns" else 1  # programs print microseconds
        return round(factor * statistics.median(result[key] for result in self.rounds[system]), 3)

    def total(self, system, key):
        return sum(result[key] for result in self.rounds[system])

    def baseline(self, system):
        """The first system, unless it is a floor: then of the floors the one that does what this system must do."""
        return "hop floor" if "hop floor" in self.systems and system == "whorl" else next(iter(self.systems))

    def ratio(self, system, baseline, key):
        pairs = zip(self.rounds[system], self.rounds[baseline])
        return statistics.median(own[key] / other[key] for own, other in pairs)
