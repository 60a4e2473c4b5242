"""What is measured: each work with its systems, the baseline first."""
from measuring import Work

KIB, MIB = 1024, 1024 * 1024
SIZE_NAMES = {64: "64 B", 64 * KIB: "64 KiB", MIB: "1 MiB"}
ROUND_TRIPS = {64: 10000, 64 * KIB: 1500, MIB: 200}
MESSAGES = {64: 30000, 64 * KIB: 5000, MIB: 400}
EXECUTED = 100000  # messages through an executor
OFTEN = 5  # times in a round: what a machine whose pace changes within a second is to judge takes many short turns
OPERATIONS = {"switch": 3000000, "spawn": 1000000, "zero sleep": 1000000, "post": 1000000, "dispatch": 1000000}
TASKS = 100000  # that sleep or are suspended at once
BURST = 10  # messages published at a time by "whorl bursts": the default history depth; the others are chains, one message at a time
RATES = [(1, 50), (1, 300), (1, 1000), (100, 100)]  # timers, calls a second of each
KINDS = {"single-threaded": "single_threaded", "events": "events", "static": "static"}  # of executors
ALL_KINDS = [(kind, 0) for kind in KINDS.values()] + [("multi_threaded", threads) for threads in (1, 2, 4, 8)]
OVERLOADS = {"1 MiB": (MIB, 0), "100 us of work": (64, 100)}  # bytes of a message, work of its callback in microseconds of CPU time
SUBSCRIPTIONS = [1, 10, 100, 500, 1000]  # of which one is busy
HUNDRED = 100  # processes of one node each, which are told what docs/configuration.md advises
CROWD = 40  # that are not: with more, the time of both programs depends most on what else the machine does
NODES = 100  # made one after the other, or at once
TALKERS = 3  # nodes that publish at 100 Hz, and hear one another and themselves
SECONDS, TIMED_ROUNDS = 3, 5  # of what goes by the clock, which costs the same time however fast the machine is


def task_works(runner, quick):
    divisor = 10 if quick else 1

    def work(name, bare, key, unit="ns", count=0, pinned=True, whorl=None):
        count = count or OPERATIONS[name] // divisor
        programs = bare | (whorl or {"whorl": ["whorl_tasks", name.replace(" ", "_")]})
        systems = {label: lambda words=words: runner.alone([*words, count], pinned) for label, words in programs.items()}
        return Work(name, "one CPU" if pinned else "two CPUs", systems, (key,), unit)

    # Of laps of a thousand the median: what other programs take from the CPU meanwhile does not show.
    yield work("switch", {"bare fcontext": ["bare_fibers", "switch"]}, "p50_us")
    yield work("switch, watched", {"whorl unwatched": ["whorl_tasks", "switch_unwatched"]}, "p50_us", count=OPERATIONS["switch"] // divisor,
               whorl={"whorl usual": ["whorl_tasks", "switch"], "whorl precise": ["whorl_tasks", "switch_precise"]})
    yield work("spawn", {"bare fcontext": ["bare_fibers", "spawn"]}, "p50_us")
    yield work("zero sleep", {"bare uv_timer": ["bare_timers", "zero_sleep"]}, "p50_us")
    for pinned, key in ((True, "cpu_us"), (False, "mean_us")):  # on one CPU they are the same, unless others take from it
        yield work("post", {"bare queue": ["bare_post", "eventfd"], "bare uv_async": ["bare_post", "uv_async"]}, key, pinned=pinned,
                   whorl={"whorl": ["whorl_post"]})
    yield work("sleeps", {"bare uv_timer": ["bare_timers", "sleeps"]}, "cpu_us", count=TASKS // divisor)
    yield work("suspended", {"bare fcontext": ["bare_fibers", "suspended"]}, "bytes", unit="bytes", count=TASKS // divisor)


def message_works(runner, quick):
    divisor = 10 if quick else 1

    def ping_pong(size, pinned):
        count = ROUND_TRIPS[size] // divisor
        return Work(f"ping-pong {SIZE_NAMES[size]}", "one CPU" if pinned else "two CPUs", {
            "floor": lambda: runner.ping_pong("floor_pingpong", ["direct", size], count, pinned),
            "hop floor": lambda: runner.ping_pong("floor_pingpong", ["hop", size], count, pinned),
            "whorl": lambda: runner.ping_pong("whorl_pingpong", [size], count, pinned)})

    def service(pinned):
        count = ROUND_TRIPS[64] // divisor
        return Work("service call", "one CPU" if pinned else "two CPUs", {
            "whorl ping-pong": lambda: runner.ping_pong("whorl_pingpong", [64], count, pinned),
            "whorl service": lambda: runner.ping_pong("whorl_service", [], count, pinned)})

    def delivery(size, subscribers):
        count = MESSAGES[size] // divisor
        return Work(f"same process {SIZE_NAMES[size]} x {subscribers}", "one CPU", {
            "floor": lambda: runner.alone(["floor_delivery", subscribers, size, count], True),
            "whorl copied": lambda: runner.alone(["whorl_delivery", "copied", subscribers, size, count, 1], True),
            "whorl bursts": lambda: runner.alone(["whorl_delivery", "copied", subscribers, size, count, BURST], True),
            "whorl borrowed": lambda: runner.alone(["whorl_delivery", "borrowed", subscribers, size, count, 1], True)},
            ("mean_us", "cpu_us"))

    for size in SIZE_NAMES:
        yield ping_pong(size, True)
        yield ping_pong(size, False)
    yield service(True)
    yield service(False)
    for size in SIZE_NAMES:
        for subscribers in (1, 10):
            yield delivery(size, subscribers)


def node_works(runner, quick):
    count = NODES // 10 if quick else NODES

    def work(name, kind, key, unit):
        return Work(name, "one CPU", {
            "bare Cyclone": lambda: runner.alone(["floor_node", kind, count], True),
            "whorl": lambda: runner.alone(["whorl_node", kind, count], True)}, (key,), unit)

    yield work("node", "time", "p50_us", "us")
    yield work("node, memory", "memory", "bytes", "bytes")

    def crowd(name, keys, unit, most, *advised):
        size = most // 4 if quick else most
        return Work(name, "two CPUs", {
            "bare Cyclone": lambda: runner.alone(["floor_crowd", size, *advised], False),
            "whorl": lambda: runner.alone(["whorl_crowd", size, *advised], False)}, keys, unit, judged=bool(advised))

    yield crowd("CPU of a crowd", ("cpu_seconds",), "s", CROWD)
    yield crowd("memory of a crowd", ("bytes",), "bytes", CROWD)
    yield crowd("a hundred processes meet", ("seconds", "cpu_seconds"), "s", HUNDRED, "advised")


def executor_works(runner, quick):
    divisor = 10 if quick else 1

    def one_of_many(label, kind):
        count = EXECUTED // divisor

        def deliver(subscriptions):
            return lambda: runner.alone(["whorl_executor", kind, 0, subscriptions, 64, count, BURST], True)
        return Work(f"{label} executor 64 B", "one CPU", {
            "floor": lambda: runner.alone(["floor_delivery", 1, 64, count], True),
            **{f"whorl, 1 of {many}": deliver(many) for many in SUBSCRIPTIONS}}, ("cpu_us",), repeats=1 if quick else OFTEN)

    def shared_group():
        count = EXECUTED // divisor

        def deliver(kind, threads):
            return lambda: runner.alone(["whorl_executor", kind, threads, 1, 64, count, BURST], False)
        return Work("one group, N threads", "two CPUs", {
            "events": deliver("events", 0), **{f"{threads} threads": deliver("multi_threaded", threads) for threads in (2, 4, 8)}},
            ("mean_us", "cpu_us"), most_rounds=None if quick else 9, judged=True, repeats=1 if quick else OFTEN)

    def overload(label):
        seconds = 1 if quick else SECONDS

        def serve(program, *words):
            return lambda: runner.alone([program, *words, *OVERLOADS[label], seconds], False)
        return Work(f"overload, {label}", "two CPUs", {
            "one thread takes": serve("floor_overload"),
            **{f"{kind} {threads or ''}".strip(): serve("whorl_overload", kind, threads) for kind, threads in ALL_KINDS}},
            ("served", "cpu", "cpu_us"), unit="%", units={"cpu_us": "us"})

    def dispatch():
        def call(kind, guards):
            return lambda: runner.alone(["whorl_dispatch", kind, guards, OPERATIONS["dispatch"] // divisor], True)
        return Work("dispatch", "one CPU", {
            "bare fcontext": lambda: runner.alone(["bare_fibers", "switch", OPERATIONS["switch"] // divisor], True),
            "events of 10": call("events", 10), "events of 1000": call("events", 1000),
            "rounds of 10": call("single_threaded", 10), "rounds of 1000": call("single_threaded", 1000)}, ("p50_us",), unit="ns")

    for label, kind in KINDS.items():
        yield one_of_many(label, kind)
    yield shared_group()
    yield dispatch()
    for label in OVERLOADS:
        yield overload(label)


def timed_works(runner, quick):
    seconds, rounds = 1 if quick else SECONDS, TIMED_ROUNDS

    def clock():
        def follow(*words):
            return lambda: runner.beside(["floor_clock", "source", 1000], [*words, seconds], True)
        return Work("/clock 1 kHz, a tick", "one CPU", {
            "bare reader": follow("floor_clock", "reader"), "whorl 1 node": follow("whorl_clock", 1),
            "whorl 50 nodes": follow("whorl_clock", 50)}, ("cpu_us",), most_rounds=rounds)

    def timers(count, rate):
        def call(program, *how):
            return lambda: runner.alone([program, count, rate, count * rate * seconds, *how], True)
        return Work(f"timer {rate} Hz" + (f" x {count}" if count > 1 else ""), "one CPU", {
            "bare timerfd": call("bare_timerfd"), "whorl": call("whorl_timer"), "no head start": call("whorl_timer", "no_head_start"),
            "executor": call("whorl_timer", "executor")}, ("p50_us", "p99_us", "cpu_us"), most_rounds=rounds)

    def talk():
        receptions = TALKERS * TALKERS * 100 * seconds
        return Work(f"{TALKERS} nodes x 100 Hz, a message", "one CPU", {
            "bare Cyclone": lambda: runner.alone(["floor_talk", TALKERS, receptions], True),
            "whorl": lambda: runner.alone(["whorl_talk", TALKERS, receptions], True)}, ("cpu_us",), most_rounds=rounds)

    yield clock()
    for count, rate in RATES:
        yield timers(count, rate)
    yield talk()


def works(runner, quick):
    return [*task_works(runner, quick), *message_works(runner, quick), *node_works(runner, quick), *executor_works(runner, quick), *timed_works(runner, quick)]
