"""What the tests of the command line tool share: programs that run beside them, and how a test fails and ends."""
import os, re, select, signal, subprocess, sys, time

PATIENCE = 60  # seconds before giving up
folder, case = sys.argv[1:]
tool = os.path.join(folder, "whorl")
programs = []


def fail(text):
    sys.exit(f"{os.path.basename(sys.argv[0])} {case}: {text}")


class Program:
    """A program that runs beside the test: what it prints is read line by line."""

    def __init__(self, *command, stdin=subprocess.DEVNULL):
        self.command, self.rest = command, b""
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=stdin)
        programs.append(self)

    def line(self):
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                return None
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                return None
            self.rest += read
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def types(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def types_no_more(self):
        self.process.stdin.close()
        self.process.stdin = None

    def expect(self, pattern):
        """Reads until a line matches; what stood before it."""
        lines = []
        while (line := self.line()) is not None:
            if re.fullmatch(pattern, line):
                return lines
            lines.append(line)
        fail(f"{self.command} does not say '{pattern}' but {lines}")

    def ends(self, code=0, by=None):
        if by is not None:
            self.process.send_signal(by)
        try:
            self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            fail(f"{self.command} does not end")
        if self.process.returncode != code:
            fail(f"{self.command} ends with {self.process.returncode}, not with {code}")


def peer(*words):
    program = Program(os.path.join(folder, "command_peer"), *words)
    program.expect("ready")
    return program


def run(cases):
    """Runs the case that was asked for; whatever still runs then is ended."""
    try:
        cases[case]()
    finally:
        for program in programs:
            if program.process.poll() is None:
                program.process.send_signal(signal.SIGINT)
                try:
                    program.process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    program.process.kill()
    print(f"{case}: as expected")
