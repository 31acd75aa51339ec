#!/bin/bash
# wadi-bench of: its switches ask controllers that are not ours: ovs-testcontroller in each version,
# with and without buffers; one in Python that lies, by the switch's datapath id, so that each kind of
# count is seen; wadi-sdn where it is built. And what the command refuses.
. "$(dirname "$0")/lib.sh"
bench=$(program wadi-bench)
sdn=$(program wadi-sdn)

# holds NAME EXPRESSION WHAT: of the result $tmp/NAME.json.
holds() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$tmp/$1.json" "$2" ||
		fail "$3: $(cat "$tmp/$1.json")"
}

# refuses SENTENCE OPTION...
refuses() {
	local sentence=$1 text code=0
	shift
	text=$("$bench" of "$@" 2>&1) || code=$?
	[ "$code" -ne 0 ] || fail "of $* is taken"
	grep -q "$sentence" <<<"$text" || fail "of $* says: $text"
}
to=(--device mem:x --from 10.53.0.1/24 --to 10.53.0.2)
refuses 'device and --to are needed' --device tap:x
refuses 'an address with its prefix length' --device mem:x --from 10.53.0.1 --to 10.53.0.2
refuses 'is not an address' --device mem:x --from 10.53.0.1/24 --to example.org
refuses '1.3' "${to[@]}" --openflow 1.2
refuses 'a host at each port' "${to[@]}" --hosts 3 --ports 4
refuses 'at most 16777214 hosts' "${to[@]}" --switches 1000 --hosts 100000
refuses 'must be from 0 to 1048576' "${to[@]}" --set 'ports[0].pages=99999999'
refuses 'window' "${to[@]}" --window 0
# What --set says counts, not what the command would take by itself.
refuses 'must be from 0 to 1048576' "${to[@]}" --set 'ports[0].pages=99999999'

netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr flush dev w1 # the client's addresses are its own
ip -n "$server" addr add 10.53.0.2/24 dev w0
within "$server" ethtool -K w0 tx off >/dev/null

# load NAME PORT OPTION...: switches for a moment, whose result is $tmp/NAME.json.
load() {
	local name=$1 port=$2
	shift 2
	status=0
	within "$client" timeout $((30 * scale)) "$bench" of --to "10.53.0.2:$port" --duration 1 --warm-up 300 --json \
		--device af_xdp:w1 --from 10.53.0.1/24 --from 10.53.0.3/24 "$@" >"$tmp/$name.json" 2>"$tmp/$name.log" ||
		status=$?
}

# serves NAME PORT OPTION...: nothing was wrong, and all switches were served.
serves() {
	load "$@"
	expect 0 $status "exit status of $1: $(cat "$tmp/$1.log")"
	holds "$1" 'r["answered"] > 1000 and r["switch_min"] > 0 and r["wrong"] == r["wrong_flows"] == r["malformed"] == 0' "$1"
	holds "$1" 'r["duplicate"] == r["stray"] == r["failed"] == r["errors_received"] == 0' "answers of $1"
	holds "$1" '0 < r["latency_us"]["50"] <= r["latency_us"]["99.9"] < 30e6 and 0 < r["fairness"] <= 1' "figures of $1"
	# Switches are read one after the other, while they go on.
	holds "$1" 'abs(sum(r["switch_answered"]) - r["answered"]) < 0.1 * r["answered"] and r["echo_answered"] <= r["echo_sent"]' "sums of $1"
}

# The controller: what it does with packet-ins is the switch's number. All that it says is 1.3's.
cat >"$tmp/liar.py" <<'END'
import asyncio, struct

def message(kind, body=b"", xid=1):
    return struct.pack("!BBHI", 4, kind, 8 + len(body), xid) + body
def output(port):
    return struct.pack("!HHIH6x", 0, 16, port, 128)
def packet_out(buffer, port=0xfffffffb):
    return message(13, struct.pack("!IIH6x", buffer, 1, 16) + output(port))
def flow(buffer, match, port):
    fields = struct.pack("!HH", 1, 4 + len(match)) + match
    fields += bytes(-len(fields) % 8)
    return message(14, struct.pack("!QQBBHHHIIIHxx", 0, 0, 0, 0, 0, 0, 1, buffer, 0xffffffff, 0xffffffff, 0) + fields
                   + struct.pack("!HHxxxx", 4, 24) + output(port))
def eth_dst(address):
    return struct.pack("!HBB", 0x8000, 3 << 1, 6) + address

class Liar(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.got, self.number = transport, b"", 0
        transport.write(message(0))
    def data_received(self, data):
        self.got += data
        while len(self.got) >= 8 and len(self.got) >= (size := struct.unpack("!H", self.got[2:4])[0]):
            one, self.got = self.got[:size], self.got[size:]
            self.take(one)
    def take(self, one):
        kind = one[1]
        if kind == 0 and one[0] != 4:
            self.transport.write(message(1, bytes(4)))
            self.transport.close()
        elif kind == 0:
            self.transport.write(message(5))
        elif kind == 2:
            self.transport.write(message(3, one[8:], struct.unpack("!I", one[4:8])[0]))
        elif kind == 6:
            self.number = struct.unpack("!Q", one[8:16])[0]
            self.transport.write(flow(0xffffffff, b"", 0xfffffffd))
        elif kind == 10:
            self.ask(struct.unpack("!I", one[8:12])[0], one[42:])
    def ask(self, buffer, packet):
        right, later = packet_out(buffer), asyncio.get_running_loop().call_later
        if self.number == 1:
            self.transport.write(right)
        elif self.number == 3:  # late
            later(0.5, self.transport.write, right)
        elif self.number == 4:  # twice
            self.transport.write(right + right)
        elif self.number == 5:  # to no port that there is
            self.transport.write(packet_out(buffer, 99))
        elif self.number == 6:  # of a buffer that was never given
            self.transport.write(packet_out(buffer + 500000))
        elif self.number == 7:  # the flow is for other packets
            self.transport.write(flow(buffer, eth_dst(bytes(6)), 0xfffffffb))
        elif self.number == 8:  # an instruction that is longer than its message
            self.transport.write(right + flow(buffer, b"", 1)[:-24] + struct.pack("!HHxxxx", 4, 99) + output(1))
        elif self.number == 9:  # shorter than its header
            self.transport.write(b"\x04\x02\x00\x04\x00\x00\x00\x01")
        elif self.number == 10:
            self.transport.abort()
        elif self.number == 11:  # a flow without a buffer, and LLDP
            lldp = bytes.fromhex("0180c200000e02000000000188cc") + bytes(46)
            self.transport.write(flow(0xffffffff, eth_dst(packet[:6]), 99) + right
                                 + message(13, struct.pack("!IIH6x", 0xffffffff, 1, 16) + output(1) + lldp))
        # 2: never

async def main():
    await asyncio.get_running_loop().create_server(Liar, "10.53.0.2", 6633, backlog=64)
    print("ready", flush=True)
    await asyncio.sleep(1e6)
asyncio.run(main())
END
start liar "$server" python3 "$tmp/liar.py"
poll 10 grep -q ready "$tmp/liar.log" || fail "the liar does not start"
load lies 6633 --switches 11 --hosts 8 --rate 550 --timeout 250 --window 10 --duration 3
expect 0 $status "exit status of the lies: $(cat "$tmp/lies.log")"
for count in answered wrong lost late duplicate stray wrong_flows probes malformed errors_sent failed full; do
	holds lies "r['$count'] > 0" "$count, of a controller that lies"
done
holds lies 'all(r["switch_answered"][n - 1] > 10 for n in (1, 4, 8, 11))' "answers of switches that are answered"
holds lies 'not any(r["switch_answered"][n - 1] for n in (2, 3, 5, 6, 7, 9, 10))' "answers of switches that are not"
holds lies '0.2 < r["fairness"] < 0.6' "fairness of four of eleven"
load refused 6633 --openflow 1.0 --switches 2 --duration 2
expect 1 $status "exit status without a version in common"
holds refused 'r["sent"] == 0 and r["failed"] > 0' "no version in common"
stop liar

if [ -n "$sdn" ]; then
	ip -n "$server" addr flush dev w0
	cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" }, "sdn": { "floods_per_s": 1000000, "topology": false } }
	END
	start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
	ready sdn
	serves sdn13 6653 --switches 4 --hosts 20
	stop sdn
	ip -n "$server" addr add 10.53.0.2/24 dev w0
fi

if ! command -v ovs-testcontroller >/dev/null; then
	note "ovs-testcontroller was not tried: it is not installed"
	exit 0
fi
start ovs "$server" ovs-testcontroller --unixctl="$tmp/ovs.ctl" ptcp:6653:10.53.0.2
poll 10 test -S "$tmp/ovs.ctl" || fail "ovs-testcontroller does not start"
serves ovs10 6653 --openflow 1.0 --switches 4 --hosts 20 --window 4
holds ovs10 'r["by_flow"] > 0.5 * r["answered"] and r["flow_mods"] >= r["by_flow"]' "flows of 1.0"
serves ovs13 6653 --switches 8 --hosts 20 --rate 4000 --echo 1 --duration 2
holds ovs13 'r["echo_answered"] > 0 and r["echo_us"]["50"] > 0' "echo requests"
holds ovs13 'r["by_flow"] > 0.5 * r["answered"] and r["sent"] <= r["duration_us"] / 250 + 800' "flows of 1.3, at a rate"
serves ovs15 6653 --openflow 1.5 --switches 2 --hosts 20 --window 1 --unbuffered
holds ovs15 'r["by_flow"] == 0 and r["flow_mods"] > 0' "packets that are brought back"
