# resolver: asks wadi-dns through libunbound, which validates as a resolver does,
# from the keys of the worlds' zones down. Neighbour: run.py, which says what has
# to be secure.
import ctypes
import time


class Result(ctypes.Structure):
    _fields_ = [("qname", ctypes.c_char_p), ("qtype", ctypes.c_int), ("qclass", ctypes.c_int),
                ("data", ctypes.c_void_p), ("len", ctypes.c_void_p), ("canonname", ctypes.c_char_p),
                ("rcode", ctypes.c_int), ("packet", ctypes.c_void_p), ("packet_len", ctypes.c_int),
                ("havedata", ctypes.c_int), ("nxdomain", ctypes.c_int), ("secure", ctypes.c_int),
                ("bogus", ctypes.c_int), ("why_bogus", ctypes.c_char_p), ("was_ratelimited", ctypes.c_int),
                ("ttl", ctypes.c_int)]


CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Result))

# Every question goes to the server: nothing is kept, made up or asked ahead.
OPTIONS = [("module-config:", "validator iterator"), ("do-ip6:", "no"), ("cache-max-ttl:", "0"),
           ("cache-max-negative-ttl:", "0"), ("val-bogus-ttl:", "0"), ("infra-host-ttl:", "0"),
           ("qname-minimisation:", "no"), ("aggressive-nsec:", "no"), ("prefetch:", "no"),
           ("target-fetch-policy:", "0 0 0 0 0"), ("edns-buffer-size:", "1232"), ("unwanted-reply-threshold:", "0"),
           ("do-not-query-localhost:", "no"), ("do-tcp:", "no"), ("outbound-msg-retry:", "2"),
           ("val-log-level:", "2"), ("use-caps-for-id:", "no"), ("minimal-responses:", "no")]


class Resolver:
    # anchors: file of DNSKEY records; stubs: origins as text.
    def __init__(self, server, anchors, stubs):
        self.lib = ctypes.CDLL("libunbound.so.8")
        self.lib.ub_ctx_create.restype = ctypes.c_void_p
        self.lib.ub_strerror.restype = ctypes.c_char_p
        self.context = ctypes.c_void_p(self.lib.ub_ctx_create())
        for option, value in OPTIONS:
            self.check(self.lib.ub_ctx_set_option(self.context, option.encode(), value.encode()), option)
        self.check(self.lib.ub_ctx_add_ta_file(self.context, anchors.encode()), "trust anchors")
        for stub in stubs:
            self.check(self.lib.ub_ctx_set_stub(self.context, stub.encode(), server.encode(), 0), stub)
        self.check(self.lib.ub_ctx_async(self.context, 1), "threads")
        # RFC 6761 section 6.2 has resolvers answer for "test" themselves.
        self.check(self.lib.ub_ctx_zone_remove(self.context, b"test"), "local zone")
        self.callback = CALLBACK(self.done)
        self.outstanding, self.results = {}, []

    def check(self, error, what):
        if error:
            raise SystemExit("libunbound: %s: %s" % (what, self.lib.ub_strerror(error).decode()))

    def done(self, key, error, result):
        question = self.outstanding.pop(key)
        if error:
            raise SystemExit("libunbound: %s" % self.lib.ub_strerror(error).decode())
        fields = result.contents
        self.results.append((question, fields.rcode, bool(fields.secure), (fields.why_bogus or b"").decode() if fields.bogus else None))
        self.lib.ub_resolve_free(result)

    # Yields question, rcode, whether it is secure, and why it is bogus or None.
    # questions: (name as text, type) pairs.
    def ask(self, questions, window=200):
        questions = iter(questions)
        more, key = True, 0
        while more or self.outstanding:
            while more and len(self.outstanding) < window:
                question = next(questions, None)
                if question is None:
                    more = False
                    break
                key += 1
                self.outstanding[key] = question
                self.check(self.lib.ub_resolve_async(self.context, question[0].encode(), question[1], 1,
                                                     ctypes.c_void_p(key), self.callback, None), question[0])
            self.check(self.lib.ub_process(self.context), "processing")
            if not self.results:
                time.sleep(0.0005)
            yield from self.results
            self.results.clear()

    def close(self):
        self.lib.ub_ctx_delete(self.context)
