"""Whether a test that a page of docs/ names exists in the sources: `program/function`, or `program` alone for one that is no list of functions."""
import os, re, subprocess


def source_of(program, paths):
    """The text of a test program and of the project's headers that it includes: suites that several programs share are headers."""
    found = [path for path in paths if os.path.basename(path) == program + ".c"]
    if not found:
        return None
    text = open(found[0]).read()
    for header in re.findall(r'#include "(.+?)"', text):
        if os.path.exists("src/" + header):
            text += open("src/" + header).read()
    return text


def is_registered(program, paths):
    """Whether CMake's files have a test of this name; those of the examples have a prefix, and those of src/ are found by their files."""
    if any(re.fullmatch(rf"src/.*/{program}\.c", path) for path in paths):
        return True
    words = f"add_test(NAME {program} ", f"example_test({program.removeprefix('example_')} "
    return any(word in open(path).read() for path in paths if not path.endswith(".c") for word in words)


def missing(tests):
    paths = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*_test.c", "*_soak.c", "*.cmake", "*CMakeLists.txt"],
                           capture_output=True, text=True, check=True).stdout.split()
    faults = []
    for test in tests:
        program, _, function = test.partition("/")
        text = source_of(program.removeprefix("example_"), paths) if function else ""
        if not function and not is_registered(program, paths):
            faults.append(f"no test {program}")
        elif text is None:
            faults.append(f"no test program {program}")
        elif function and len(re.findall(rf"\b{function}\b", text)) < 2:  # its definition, and its place in the program's list
            faults.append(f"{program} has no test {function}, or does not run it")
    return faults
