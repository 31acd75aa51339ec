#!/bin/bash
# `wadi-ctl top` as an operator sees it over ssh: an sshd of this script alone, in its namespace, with
# keys of its own, and OpenSSH's client on a terminal of 80x24, of which terminal.py is the screen.
. "$(dirname "$0")/lib.sh"
sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || skip "sshd is missing: tools/deps run test"
command -v ssh >/dev/null || skip "ssh is missing: tools/deps run test"
unshare -m true 2>/dev/null || skip "sshd requires root here: it writes to a /run and a /var/log of its own"

netns "$host"
conf dns tap:wadi0
serve dns "$host"

ssh=$tmp/ssh
mkdir "$ssh"
for key in host user; do
	ssh-keygen -q -t ed25519 -N '' -C "" -f "$ssh/$key"
done
echo "127.0.0.1 $(cat "$ssh/host.pub")" >"$ssh/known"
# An account without a password is refused when it is locked, unless PAM says otherwise.
sed 's/^root:[^:]*/root:*/' /etc/shadow >"$ssh/shadow"
chmod 640 "$ssh/shadow"
cat >"$ssh/config" <<END
ListenAddress 127.0.0.1
Port 22
HostKey $ssh/host
AuthorizedKeysFile $ssh/user.pub
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
AcceptEnv LC_*
PidFile none
END
# shellcheck disable=SC2016 # the inner shell expands them
start sshd "$host" unshare -m bash -c 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount -t tmpfs none /var/log &&
	mount --bind "$1/shadow" /etc/shadow && exec "$2" -D -e -f "$1/config"' - "$ssh" "$sshd"
client=(/usr/bin/ssh -F none -tt -i "$ssh/user" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o StrictHostKeyChecking=yes
	-o "UserKnownHostsFile=$ssh/known" -o "SendEnv=LC_*" -o ConnectTimeout=$((5 * scale)) root@127.0.0.1)
poll 10 within "$host" "${client[@]}" true </dev/null || fail "no session over ssh: $(cat "$tmp/sshd.log")"

within "$host" python3 tests/net/terminal.py ssh "$root/$ctl" "$tmp/dns.sock" "$tmp" \
	"$(python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "${client[@]}")" >"$tmp/terminal.log" 2>&1 ||
	fail "top over ssh: $(cat "$tmp/terminal.log")"
