# wild_zone: a zone of example.org with whatever makes signing hard: empty
# non-terminals, delegations with and without DS, wildcards, labels of odd bytes and
# case, data that is not served. The argument is the seed.
import random
import sys

rng = random.Random(int(sys.argv[1]))
labels = ["a", "b", "c", "d", "*", "x-1", "Zz", "\\000", "\\200", "a\\.b", "_t"]
print("$TTL 3600\n@ SOA ns1 admin 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1")
used = set()
for i in range(rng.randint(5, 60)):
    name = ".".join(rng.choices(labels, k=rng.randint(1, 4)))
    if name.lower() in used:
        continue
    used.add(name.lower())
    kind = rng.choice("adestcm")
    if kind in "de" and name.startswith("*"):
        kind = "a"
    print({
        "a": f"{name} A 192.0.2.{i}\n{name} AAAA 2001:db8::{i}",
        "d": f"{name} NS ns.{name}\nns.{name} A 192.0.2.9\n{name} DS 1 13 2 {i:064x}",
        "e": f"{name} NS ns.example.net.",
        "s": f"{name} SRV 0 0 1 ns1\n{name} TYPE65280 \\# 1 00",
        "t": f'{name} TXT "text {i}"',
        "c": f"{name} CNAME NS1",
        "m": f"{name} MX 0 Ns1\n{name} CAA 0 issue \"x\"",
    }[kind])
