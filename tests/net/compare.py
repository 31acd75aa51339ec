# compare: two servers' answers as sections of records. Status, flags and answers
# are compared always; authority and additional where they carry the answer
# (negative answers and referrals), because a positive one may leave them out.
import collections
import sys


def read(name):
    questions = collections.defaultdict(lambda: collections.defaultdict(set))
    for line in open(name):
        number, section, record = line.rstrip("\n").split(" ", 2)
        questions[int(number)][section].add(" ".join(record.split()))
    return questions


theirs, ours = read(sys.argv[1]), read(sys.argv[2])
differing = 0
for number, wanted in sorted(theirs.items()):
    got = ours[number]
    sections = ["status", "flags", "answer"]
    if not wanted["answer"]:
        sections += ["authority", "additional"]
    for section in sections:
        if wanted[section] != got[section]:
            differing += 1
            print(f"{' '.join(wanted['question'])}: {section}")
            print(f"    NSD   {sorted(wanted[section])}\n    wadi  {sorted(got[section])}")
sys.exit(1 if differing else 0)
