#!/bin/bash
# Log lines reach a real collector over the appliance's own port, by IPv4 and by
# IPv6: rsyslogd, which takes each message apart by RFC 5424. The same lines reach it by its socket on this machine,
# also after it has restarted, and a file that is moved away.
. "$(dirname "$0")/lib.sh"
command -v rsyslogd >/dev/null || skip "rsyslogd is missing: tools/deps test"

# collector ADDRESS: on the TAP's host side; writes what it understood.
collector() {
	cat >"$tmp/rsyslog.conf" <<-END
	module(load="imudp")
	input(type="imudp" address="$1" port="5514" ruleset="wadi")
	template(name="parts" type="string"
	  string="%syslogfacility-text%|%syslogseverity-text%|%hostname%|%app-name%|%protocol-version%|%timereported:::date-rfc3339%|%msg%\n")
	ruleset(name="wadi") { action(type="omfile" file="$tmp/got" template="parts") }
	module(load="imuxsock" SysSock.Use="off")
	input(type="imuxsock" Socket="$tmp/devlog" ruleset="local")
	template(name="local" type="string" string="%syslogfacility-text%|%syslogseverity-text%|%app-name%|%procid%|%msg%\n")
	ruleset(name="local") { action(type="omfile" file="$tmp/local" template="local") }
	END
	start rsyslog "$host" rsyslogd -n -f "$tmp/rsyslog.conf" -i "$tmp/rsyslog.pid"
}

# round ADDRESS SYSLOG: the appliance with that collector, from start to end.
round() {
	rm -f "$tmp/got" "$tmp/local" "$tmp/own.log"
	conf dns tap:wadi0
	start dns "$host" "$dns" serve -c "$tmp/dns.json" --set "log.syslog=$2" --set log.hostname=guest7 \
		--set "log.socket=$tmp/devlog" --set "log.file=$tmp/own.log"
	ready dns
	host_side "$host" wadi0
	collector "$1"
	poll 5 grep -q . "$tmp/got" || {
		"$ctl" "$tmp/dns.sock" reload >/dev/null
		poll 5 grep -q reloaded "$tmp/got" || fail "nothing came to $1"
	}
	zone dns.zone 2
	echo broken >>"$tmp/dns.zone"
	"$ctl" "$tmp/dns.sock" reload >/dev/null 2>&1 && fail "a broken zone was taken"
	poll 5 grep -q "reloaded in part" "$tmp/got" || fail "the error did not come to $1"
	poll 5 grep -qE "^daemon\|err\|wadi-dns\|${pid_of[dns]}\| ?reloaded in part" "$tmp/local" ||
		fail "the error did not come by the socket: $(cat "$tmp/local")"
	grep -qE '^20[0-9-]+T[0-9:]{8}\.[0-9]{3}Z wadi-dns: error: reloaded in part' "$tmp/own.log" ||
		fail "the error is not in the file: $(cat "$tmp/own.log")"
	"$ctl" "$tmp/dns.sock" health | has_line '^log.file  *ok ' || fail "health of the file"
	mv "$tmp/own.log" "$tmp/own.old"
	stop rsyslog
	collector "$1"
	poll 5 test -S "$tmp/devlog" || fail "the daemon did not restart"
	"$ctl" "$tmp/dns.sock" log-reopen
	"$ctl" "$tmp/dns.sock" log-level info >/dev/null
	# shellcheck disable=SC2317 # poll calls it
	comes() {
		"$ctl" "$tmp/dns.sock" log-level info >/dev/null
		grep -q "log-level info" "$tmp/local"
	}
	poll 5 comes || fail "nothing came by the socket of a daemon that restarted"
	grep -q "log-level info" "$tmp/own.log" || fail "log-reopen did not open the file again"
	grep -q "log-level info" "$tmp/own.old" && fail "the old file is still written to"
	stop dns
	poll 5 grep -q "stopping" "$tmp/got" || fail "the last line did not come to $1"
	grep -q 'wadi-dns: stopping$' "$tmp/own.log" || fail "the last line is not in the file"
	stop rsyslog
	expect "daemon|err|guest7|wadi-dns|1" "$(sed -n '/reloaded in part/s/^\(.*|1\)|.*/\1/p' "$tmp/got" | head -n 1)" \
		"the parts of the error"
	grep -qE "^daemon\|info\|guest7\|wadi-dns\|1\|20[0-9-]+T[0-9:]+\.[0-9]{6}.*\| ?stopping$" "$tmp/got" ||
		fail "the last line has other parts: $(tail -n 1 "$tmp/got")"
}

netns "$host"
round 10.53.0.1 10.53.0.1:5514
round fd53::1 "[fd53::1]:5514"

"$dns" serve -c "$tmp/dns.json" --set log.file="$tmp/no/such/folder" 2>"$tmp/refused.log" && fail "no file was taken"
grep -q "log.file: $tmp/no/such/folder cannot be written to: No such file or directory" "$tmp/refused.log" ||
	fail "the refusal says: $(cat "$tmp/refused.log")"
"$dns" serve -c "$tmp/dns.json" --set log.syslog=nobody 2>"$tmp/refused.log" && fail "no collector was taken"
grep -q "log.syslog: \"nobody\" is not a collector, such as" "$tmp/refused.log" || fail "the refusal says: $(cat "$tmp/refused.log")"
