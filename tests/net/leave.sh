#!/bin/bash
# How clients over TLS and HTTP are taken leave of. At a stop: what is in progress is completed
# within drain_ms, idle connections end at once and in order (close_notify, GOAWAY, Connection:
# close, the close frame of a WebSocket, the end of a stream of events), new ones are refused. At an upgrade, on packet sockets and XDP sockets: the same, and
# clients that connect again lose at most what crosses the end of their connection.
. "$(dirname "$0")/lib.sh"
web=$(program wadi-web)
[ -n "$web" ] || skip "$build holds no wadi-web"
command -v dnsperf kdig nghttp >/dev/null || skip "clients are missing: tools/deps run test"

netns "$server" "$client"
veth "$server" w0 "$client" w1
# So that a download is not in the client's kernel before the client has read it.
within "$client" sysctl -qw net.ipv4.tcp_rmem="4096 65536 131072"
tests/unit/tls/certificates.sh "$tmp/tls" a || fail "the certificates cannot be made"
mkdir "$tmp/site"
echo '<h1>first</h1>' >"$tmp/site/index.html"
head -c 10000000 /dev/urandom >"$tmp/site/middle.bin"
pair="{\"certificate\": \"$tmp/tls/a.chain.pem\", \"key\": \"$tmp/tls/a.key.pem\"}"
tls=(--cacert "$tmp/tls/root.pem" --resolve a.example:443:10.53.0.2)

# web_conf DEVICE [KEY=JSON...]: a configuration of wadi-web; further keys are the appliance's.
web_conf() {
	local more="" key
	for key in "${@:2}"; do
		more+="\"${key%%=*}\": ${key#*=}, "
	done
	cat >"$tmp/web.json" <<-END
		{ ${more}"ports": [ { "name": "net0", "device": "$1", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" } ],
		  "control": { "socket": "$tmp/web.sock" },
		  "web": { "sites": [ { "directory": "$tmp/site" } ], "api": true, "tls": { "enabled": true, "certificates": [ $pair ] } } }
	END
}

ended() {
	! alive "$1"
}

# ends NAME WHEN: the client goes on and ends by itself; its exit status is then in $status.
ends() {
	kill -CONT "${pid_of[$1]}" 2>/dev/null || true
	poll 60 ended "$1" || fail "the client $1 does not end $2: $(tail -n 5 "$tmp/$1.log")"
	status=0
	wait "${pid_of[$1]}" || status=$?
	unset "pid_of[$1]"
}

# download NAME URL [curl's arguments]: in the background, in progress when this returns: the client
# is stopped, and goes on when its end is awaited.
download() {
	rm -f "$tmp/$1"
	start "$1" "$client" curl -sS --limit-rate 10M -o "$tmp/$1" "$2" "${@:3}"
	poll 20 test -s "$tmp/$1" || fail "the download $1 does not begin: $(cat "$tmp/$1.log")"
	kill -STOP "${pid_of[$1]}"
}

# is_whole NAME WHEN
is_whole() {
	ends "$1" "$2"
	expect 0 "$status" "exit status of the download $1 $2: $(cat "$tmp/$1.log")"
	cmp "$tmp/$1" "$tmp/site/middle.bin" || fail "the download $1 differs $2"
}

# idle_tls NAME PORT TEXT ANSWER [argument...]: OpenSSL's client, which gets an answer and then does
# nothing; it ends when the server does.
idle_tls() {
	[ -p "$tmp/$1.fifo" ] || mkfifo "$tmp/$1.fifo"
	within "$client" openssl s_client -connect "10.53.0.2:$2" -CAfile "$tmp/tls/root.pem" -servername a.example \
		"${@:5}" <"$tmp/$1.fifo" >"$tmp/$1.log" 2>&1 &
	pid_of[$1]=$!
	exec 8>"$tmp/$1.fifo"
	printf '%b' "$3" >&8
	poll 20 grep -qa "$4" "$tmp/$1.log" || fail "no answer over TLS: $(cat "$tmp/$1.log")"
}

# is_shut NAME WHEN: the client has seen close_notify before the end.
is_shut() {
	ends "$1" "$2"
	exec 8>&-
	! grep -qa 'unexpected eof' "$tmp/$1.log" || fail "no close_notify $2: $(cat "$tmp/$1.log")"
	grep -qa '^closed' "$tmp/$1.log" || fail "OpenSSL's client does not see the end $2: $(cat "$tmp/$1.log")"
}

request='GET / HTTP/1.1\r\nHost: a.example\r\n\r\n'

# A stop.
web_conf af_packet:w0 drain_ms=60000
start web "$server" "$web" serve -c "$tmp/web.json" "${managed[@]}"
ready web
# By HTTP/1.1: curl 7.88 drops what it holds back for its rate when HTTP/2's connection ends behind a
# whole answer. nghttp, below, has HTTP/2.
download over_tls https://a.example/middle.bin "${tls[@]}" --http1.1
download plain http://10.53.0.2/middle.bin
idle_tls idle 443 "$request" first
start events "$client" curl -sSN -u any:token-of-the-tests -o "$tmp/events" http://10.53.0.2:9100/events
start rest "$client" python3 tests/net/leave.py rest 10.53.0.2
poll 20 grep -q '^data:' "$tmp/events" || fail "there are no events: $(cat "$tmp/events.log")"
poll 20 grep -q ready "$tmp/rest.log" || fail "no WebSocket: $(cat "$tmp/rest.log")"
# The worker's thread does not get its core for a while, as on a busy machine.
python3 tests/net/freeze.py "${pid_of[web]}" worker0 sh -c "kill ${pid_of[web]} && sleep 0.4"
poll 10 grep -q 'waiting up to .* ms (drain_ms) for' "$tmp/web.log" || fail "the process does not wait: $(cat "$tmp/web.log")"
status=0
within "$client" curl -sS -m 5 -o /dev/null http://10.53.0.2/ 2>"$tmp/refused.log" || status=$?
expect 7 "$status" "exit status of a client that comes after the signal (refused): $(cat "$tmp/refused.log")"
is_shut idle "at a stop"
ends events "at a stop"
expect 0 "$status" "exit status of a client of events: $(cat "$tmp/events.log")"
ends rest "at a stop"
expect 0 "$status" "exit status of a WebSocket and of requests that come in parts: $(cat "$tmp/rest.log")"
alive web || fail "the process did not wait for a download: $(cat "$tmp/web.log")"
is_whole over_tls "at a stop"
is_whole plain "at a stop"
ends web "after a stop"
expect 0 "$status" "exit status after a stop"

# HTTP/2 with a small window, on a line with a delay, which makes a download last.
head -c 1000000 "$tmp/site/middle.bin" >"$tmp/site/small.bin"
web_conf "impair(delay=3ms):af_packet:w0"
start web "$server" "$web" serve -c "$tmp/web.json"
ready web
start nghttp "$client" nghttp -nv -w 13 http://10.53.0.2/small.bin
poll 20 grep -q 'recv DATA' "$tmp/nghttp.log" || fail "nghttp gets nothing: $(cat "$tmp/nghttp.log")"
kill "${pid_of[web]}"
ends nghttp "at a stop"
expect 0 "$status" "exit status of nghttp at a stop"
grep -A 1 'recv GOAWAY frame' "$tmp/nghttp.log" >"$tmp/goaway" || fail "no GOAWAY at a stop"
expect 2 "$(grep -c 'error_code=NO_ERROR' "$tmp/goaway")" "GOAWAYs at a stop"
grep -q 'last_stream_id=2147483647' "$tmp/goaway" || fail "no GOAWAY warns nghttp: $(cat "$tmp/goaway")"
expect 1 "$(grep -c 'recv DATA frame .*flags=0x01' "$tmp/nghttp.log")" "ends of nghttp's answer"
ends web "after a stop"
expect 0 "$status" "exit status after a stop with HTTP/2"

# The time is bounded, and a second signal ends it; what is cut off does not look whole.
for keys in drain_ms=300 drain_ms=600000; do
	web_conf af_packet:w0 "$keys"
	start web "$server" "$web" serve -c "$tmp/web.json"
	ready web
	download cut http://10.53.0.2/middle.bin
	start parts "$client" python3 tests/net/leave.py cut 10.53.0.2
	poll 20 grep -q ready "$tmp/parts.log" || fail "no requests in parts: $(cat "$tmp/parts.log")"
	kill "${pid_of[web]}"
	poll 10 grep -q 'waiting up to' "$tmp/web.log" || fail "the process does not wait: $(cat "$tmp/web.log")"
	[ "$keys" = drain_ms=300 ] || kill "${pid_of[web]}"
	ends web "with $keys"
	expect 0 "$status" "exit status with $keys"
	ends parts "with $keys"
	expect 0 "$status" "exit status of requests that are cut off with $keys: $(cat "$tmp/parts.log")"
	ends cut "with $keys"
	[ "$status" != 0 ] || fail "a download that was cut off looks whole with $keys"
done

# replace NAME PROGRAM [DOWNLOAD]: another process takes over, while the download goes on.
replace() {
	start "new_$1" "$server" "$2" serve --replace -c "$tmp/$1.json"
	[ $# -lt 3 ] || kill -CONT "${pid_of[$3]}"
	ends "$1" "in an upgrade"
	expect 0 "$status" "exit status of the process that was replaced: $(cat "$tmp/new_$1.log")"
	grep -q "process ${pid_of[new_$1]} serves now" "$tmp/$1.log" || fail "the old process does not say who serves: $(cat "$tmp/$1.log")"
	pid_of[$1]=${pid_of[new_$1]}
	unset "pid_of[new_$1]"
}

# grows NAME LINES
grows() {
	[ "$(grep -c '^200' "$tmp/$1.log")" -ge "$2" ]
}

upgrade_web() {
	local lost before
	web_conf "$1" drain_ms=60000
	start web "$server" "$web" serve -c "$tmp/web.json"
	ready web
	download over_tls https://a.example/middle.bin "${tls[@]}"
	idle_tls idle 443 "$request" first
	start many "$client" curl -sS --rate 50/s -o /dev/null -w '%{stderr}%{http_code}\n' 'http://10.53.0.2/?[1-100000]'
	start many_tls "$client" curl -sS --rate 50/s -o /dev/null -w '%{stderr}%{http_code}\n' "${tls[@]}" 'https://a.example/?[1-100000]'
	poll 10 grep -q 200 "$tmp/many_tls.log" || fail "no answers over HTTPS: $(cat "$tmp/many_tls.log")"
	replace web "$web" over_tls
	is_shut idle "in an upgrade on $1"
	is_whole over_tls "in an upgrade on $1"
	# Each writes the status of each answer, 000 for none.
	for name in many many_tls; do
		before=$(grep -c '^200' "$tmp/$name.log")
		poll 20 grows "$name" $((before + 10)) || fail "no answers of $name after an upgrade on $1: $(tail -n 3 "$tmp/$name.log")"
		kill "${pid_of[$name]}"
		ends $name "after an upgrade on $1"
		lost=$(grep '^[0-9]' "$tmp/$name.log" | grep -vc '^200' || true)
		[ "$lost" -le 2 ] || fail "$lost answers of $name were lost in an upgrade on $1: $(sort "$tmp/$name.log" | uniq -c)"
	done
	stop web
	expect 0 "$status" "exit status after the upgrade on $1"
}

# A client over TLS that asks a hundred times a second, over another connection when one has ended:
# in order, or it fails; it also fails when more than one query gets no answer.
cat >"$tmp/asks.py" <<'END'
import signal, socket, ssl, struct, sys, time
query = bytes.fromhex("126701000001000000000000") + b"\3www\7example\3org\0" + struct.pack(">HH", 1, 1)
context = ssl.create_default_context(cafile=sys.argv[1])
asked = answered = ends = 0
going = True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
def take(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data
conn = None
while going:
    try:
        if not conn:
            conn = context.wrap_socket(socket.create_connection(("10.53.0.2", 853), timeout=20),
                                       server_hostname="a.example", suppress_ragged_eofs=False)
        asked += 1
        conn.sendall(struct.pack(">H", len(query)) + query)
        take(conn, struct.unpack(">H", take(conn, 2))[0])
        answered += 1
        if answered == 1:
            print("asking", flush=True)
        time.sleep(0.01)
    except EOFError:  # close_notify came: not a ragged end, a reset or anything else
        ends += 1
        conn = None
print(f"asked {asked} answered {answered} ends {ends}")
sys.exit(ends != 1 or asked - answered > 1)
END

upgrade_dns() {
	local lost
	conf dns "$1"
	serve dns "$server" --set dns.tls.enabled=true --set "dns.tls.certificates=[$pair]"
	sed -i "s|\"zones\"|\"tls\": { \"enabled\": true, \"certificates\": [ $pair ] }, \"zones\"|" "$tmp/dns.json"
	start tcp "$client" dnsperf -m tcp -s 10.53.0.2 -d "$tmp/queries" -l $((3 * scale)) -Q 200 -c 2 -q 2 -t $((2 * scale))
	start tls "$client" python3 "$tmp/asks.py" "$tmp/tls/root.pem"
	idle_tls idle 853 '' 'Verify return code: 0'
	start kdig "$client" kdig @10.53.0.2 +tls +tls-ca="$tmp/tls/root.pem" +tls-hostname=a.example +keepopen +short "${many[@]}"
	poll 10 grep -q 192.0.2.80 "$tmp/kdig.log" || fail "no answers to kdig: $(cat "$tmp/kdig.log")"
	poll 20 grep -q asking "$tmp/tls.log" || fail "no answers over TLS: $(cat "$tmp/tls.log")"
	replace dns "$dns"
	is_shut idle "in an upgrade on $1"
	ends tcp "after an upgrade on $1"
	expect 0 "$status" "exit status of dnsperf over TCP: $(cat "$tmp/tcp.log")"
	lost=$(sed -n 's/.*Queries lost: *\([0-9]*\) .*/\1/p' "$tmp/tcp.log")
	# Two connections, two queries outstanding.
	[ "${lost:-99}" -le 4 ] || fail "$lost queries over TCP were lost in an upgrade on $1: $(cat "$tmp/tcp.log")"
	kill "${pid_of[tls]}"
	ends tls "after an upgrade on $1"
	expect 0 "$status" "exit status of a client over TLS on $1: $(cat "$tmp/tls.log")"
	ends kdig "after an upgrade on $1"
	# It does not ask again over another connection.
	lost=$((${#many[@]} - $(grep -c 192.0.2.80 "$tmp/kdig.log")))
	[ $lost -le 1 ] || fail "$lost queries of kdig were lost in an upgrade on $1: $(grep -v 192.0.2.80 "$tmp/kdig.log")"
	stop dns
	expect 0 "$status" "exit status after the upgrade on $1"
}

printf 'www.example.org A\nalias.example.org A\nx.wild.example.org TXT\n' >"$tmp/queries"
mapfile -t many < <(yes www.example.org | head -n 2000)
for device in af_packet:w0 af_xdp:w0; do
	[[ $("$dns" --help) == *"${device%%:*}:"* ]] || continue
	upgrade_dns "$device"
	upgrade_web "$device"
done
