# made_zone: writes a zone with every turn that a lookup can take, and questions
# about it and about the example zone. usage: made_zone.py ZONE QUESTIONS
import random
import sys

random.seed(53)
hosts = [f"h{n}" for n in range(300)]
deep = [f"{'.'.join(random.choices('abcde', k=random.randint(2, 5)))}.tree" for _ in range(60)]
lines = """$ORIGIN made.example.
$TTL 600
@ SOA ns1 hostmaster.made.example. 7 3600 900 604800 120
@ NS ns1
@ NS ns2.elsewhere.example.
@ MX 10 mail
@ MX 20 mail.elsewhere.example.
@ TXT "v=spf1 -all" "two strings"
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
mail A 192.0.2.2
chain0 CNAME chain1
chain1 CNAME chain2
chain2 A 192.0.2.3
outside CNAME www.elsewhere.example.
dangling CNAME nothing
intochild CNAME www.child
intowild CNAME x.wild
*.wild A 192.0.2.4
*.wild TXT "wild"
exists.wild MX 5 mail
*.cnamewild CNAME chain0
child NS ns.child
child NS ns1
ns.child A 192.0.2.5
ns.child AAAA 2001:db8::5
away NS ns.elsewhere.example.
_sip._udp SRV 1 2 5060 mail
_web._tcp SRV 1 2 80 web.elsewhere.example.
caa CAA 0 issue "ca.example.net"
ptr PTR chain2
other TYPE65280 \\# 4 01020304
UPPER.Case A 192.0.2.6
empty.non.terminal A 192.0.2.7
esc\\.aped A 192.0.2.8""".splitlines()
lines += [f"{host} {random.choice(['', '30 '])}A 198.51.{n // 250}.{n % 250 + 1}"
          for n, host in enumerate(hosts)]
lines += [f"{host} AAAA 2001:db8:1::{n:x}" for n, host in enumerate(hosts) if n % 3 == 0]
lines += [f"{name} A 203.0.113.{n + 1}" for n, name in enumerate(dict.fromkeys(deep))]

names = """@ ns1 mail chain0 chain1 chain2 outside dangling intochild intowild x.wild y.z.wild wild
    exists.wild below.exists.wild q.cnamewild child www.child ns.child deep.www.child away x.away
    _sip._udp _web._tcp _udp caa ptr other upper.case UPPER.CASE case empty non.terminal terminal
    empty.non.terminal esc\\.aped nothing very.deep.nothing tree a.tree *.wild
    below.chain2 below.chain0""".split()
names += random.sample(hosts, 40) + random.sample(deep, 20)
names += [f"no{n}" for n in range(10)]
questions = [f"{'' if n == '@' else n + '.'}made.example. {t}" for n in names
             for t in ("A", "AAAA", "MX", "TXT", "NS", "SOA", "CNAME", "SRV", "CAA", "PTR", "TYPE65280", "DS")
             if t != "DS" or "child" not in n]
questions += [f"{n}example.org. {t}" for n in ("", "www.", "ns.", "mail.", "nothing.", "a.b.c.", "*.")
              for t in ("A", "AAAA", "MX", "TXT", "NS", "SOA", "CNAME")]
questions += ["elsewhere.example. A", "example. NS", ". NS", "org. SOA"]
open(sys.argv[1], "w").write("\n".join(lines) + "\n")
open(sys.argv[2], "w").write("\n".join(questions) + "\n")
