"""gdb commands for Whorl's tasks: `source scripts/gdb_fibers.py`, then `whorl tasks` and `whorl bt <number>`.

A suspended task is on no thread's stack. Its registers lie on its own stack, where Boost.Context's switch left them; `whorl bt` shows
its backtrace by lending them to the current thread for a moment, so it needs a live, stopped process. x86-64 only.
"""
import gdb

# Where jump_fcontext of Boost 1.74 to 1.8x leaves each register, from the context pointer on (x86-64, System V).
SAVED = {"r12": 0x08, "r13": 0x10, "r14": 0x18, "r15": 0x20, "rbx": 0x28, "rbp": 0x30, "rip": 0x38}
FRAME = 0x40
STATES = {"WHORL__TASK_NEW": "new", "WHORL__TASK_RUNNING": "running", "WHORL__TASK_ARMED": "suspending", "WHORL__TASK_SUSPENDED": "waiting",
          "WHORL__TASK_READY": "ready", "WHORL__TASK_YIELDING": "yielding", "WHORL__TASK_DONE": "done"}


def worker_of_this_thread():
    try:
        return int(gdb.parse_and_eval("'local.c'::local.worker"))
    except gdb.error:  # link-time optimisation loses track of it: ask the library
        return int(gdb.parse_and_eval("(unsigned long)((whorl__local_t *(*)(void))whorl__local)()->worker"))


def workers():
    """Every thread knows who runs tasks on it: the library's one thread-local."""
    chosen = gdb.selected_thread()
    try:
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            worker = worker_of_this_thread()
            if worker != 0:
                yield thread, gdb.Value(worker).cast(gdb.lookup_type("whorl__worker_t").pointer())
    finally:
        if chosen is not None:
            chosen.switch()


def items(head, type_name, member):
    """The structs of an intrusive list."""
    pointer = gdb.lookup_type(type_name).pointer()
    offset = next(field.bitpos // 8 for field in gdb.lookup_type(type_name).strip_typedefs().fields() if field.name == member)
    link = head["head"]["next"]
    while int(link) not in (0, int(head.address)):
        yield gdb.Value(int(link) - offset).cast(pointer)
        link = link["next"]


def tasks_below(scope):
    if int(scope["task"]) != 0 and str(scope["kind"]) == "WHORL__SCOPE_TASK":
        yield scope["task"]
    for child in items(scope["children"], "struct whorl__scope", "sibling"):
        yield from tasks_below(child.dereference())


def all_tasks():
    for thread, worker in workers():
        for task in tasks_below(worker["core"]["root"]):
            yield thread, task


def state_of(task):
    number = task["state"]
    return STATES.get(str(number.cast(gdb.lookup_type("whorl__task_state_t"))), str(number))


def text(pointer):
    return pointer.string() if int(pointer) != 0 else ""


def wait_of(task):
    """In words, as whorl__wait_describe in wait.c."""
    kind, joined = task["wait_kind"], task["joins"]
    if int(joined) != 0:
        return f"{text(kind['what'])} {text(joined['name']) or text(joined['place'])}"
    what, name, suffix = text(kind["what"]), text(task["waits_for"]), text(kind["suffix"])
    return (f"{what} '{name}'" if what and name else what or name) + suffix


class Whorl(gdb.Command):
    """Looks at Whorl's tasks."""

    def __init__(self):
        super().__init__("whorl", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """whorl tasks: every task, with its state and what it waits for."""

    def __init__(self):
        super().__init__("whorl tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for number, (thread, task) in enumerate(all_tasks(), 1):
            state = state_of(task)
            waits_for = wait_of(task) if state == "waiting" else ""
            print(f"{number:>4}  {state:<10} thread {thread.num}  {text(task['name'])}{'  waits for ' + waits_for if waits_for else ''}")


class Backtrace(gdb.Command):
    """whorl bt <number>: the backtrace of a suspended task of the list that `whorl tasks` shows."""

    def __init__(self):
        super().__init__("whorl bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        found = list(all_tasks())
        number = int(argument) - 1
        if not 0 <= number < len(found):
            raise gdb.GdbError("no such task")
        thread, task = found[number]
        if int(task["seat"]) == 0 or state_of(task) not in ("waiting", "ready", "yielding"):
            raise gdb.GdbError(f"the task is {state_of(task)}: see `thread {thread.num}`, `bt`")
        context = int(task["seat"]["fiber"]["context"])
        memory = gdb.selected_inferior().read_memory
        values = {name: int.from_bytes(memory(context + offset, 8), "little") for name, offset in SAVED.items()}
        values["rsp"] = context + FRAME
        gdb.newest_frame().select()
        kept = {name: int(gdb.parse_and_eval(f"(unsigned long)${name}")) for name in values}
        try:
            for name, value in values.items():
                gdb.execute(f"set ${name} = {value}", to_string=True)
            for line in gdb.execute("bt", to_string=True).splitlines():
                print(line)
                if "make_fcontext" in line:  # the fiber's first frame; behind it there is only its seat
                    break
        finally:
            for name, value in kept.items():
                gdb.execute(f"set ${name} = {value}", to_string=True)


Whorl()
Tasks()
Backtrace()
