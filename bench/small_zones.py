# small_zones: writes zones of six records, zone0.example and so on, each STEPth of N.
# usage: small_zones.py FOLDER N SERIAL STEP; used by many_zones.sh.
import sys

folder, (zones, serial, step) = sys.argv[1], map(int, sys.argv[2:])
for i in range(0, zones, step):
    with open(f"{folder}/zone{i}.example.zone", "w") as out:
        out.write(f"$TTL 3600\n@ SOA ns1 hostmaster {serial} 3600 900 604800 300\n@ NS ns1\n"
                  f"@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2\nwww A 198.51.100.{i % 250 + 1}\n")
