"""From the recorded vectors: the list of types of cdr_fuzz.c, and a first corpus. usage: cdr_fuzz_corpus.py <vectors> <header> <corpus folder>"""
import json, os, shutil, sys

vectors, header, corpus = sys.argv[1:]
shutil.rmtree(corpus, ignore_errors=True)
os.makedirs(corpus)
lines = []
seeds = []
for index, name in enumerate(sorted(os.listdir(vectors))):
    with open(os.path.join(vectors, name), encoding="utf-8") as file:
        vector = json.load(file)
    lines.append("  X({})".format(", ".join(vector["type"].split("/"))))
    for number, case in enumerate(vector["cases"]):
        data = bytes.fromhex(case["cdr"])
        if len(data) <= 4096:
            seeds.append(os.path.join(corpus, f"{name[:-5]}_{number}"))
            with open(seeds[-1], "wb") as file:
                file.write(index.to_bytes(2, "little") + data)
with open(header, "w", encoding="utf-8") as file:
    file.write("#define TYPES(X) \\\n" + " \\\n".join(lines) + "\n")
with open(corpus + ".list", "w", encoding="utf-8") as file: # for -seed_inputs: read, and nothing added, so that every run is the same
    file.write(",".join(seeds))
