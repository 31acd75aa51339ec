// rdata_parse: parses rdata from the tokens of a zone file, field by field or in the generic
// format of RFC 3597.
#ifndef DNS_RDATA_PARSE_H
#define DNS_RDATA_PARSE_H

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/text/token.h"

// Parses rdata of the type up to the end of the record and appends it in wire form, valid by
// dns_rdata_check. `origin` (wire form) completes relative names. Returns false with *error
// set when the data is malformed; some tokens of the record may then be unread.
bool rdata_parse(struct lex *lex, uint16_t type, const uint8_t *origin, struct fill *rdata,
                 struct token_error *error) MUST_CHECK;

#endif
