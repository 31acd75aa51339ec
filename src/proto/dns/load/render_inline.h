// render_inline: inline records: those that most replies with an RRset also carry, stored in
// wire form after it so that the server copies all of them at once. They are the glue of a
// delegation, and the CNAMEs that follow a CNAME in its chain.
#ifndef DNS_RENDER_INLINE_H
#define DNS_RENDER_INLINE_H

#include "proto/dns/load/render_rrset.h"

// Adds the inline records of the RRset: the glue of a delegation, or the CNAMEs that follow
// in a chain and the name at its end. Adds none if the RRset is signed or the records exceed
// the limits in zone_image.h.
void render_inline(struct render_rrset *rrset, const struct zone_records *records,
                   const struct load_name *name, uint16_t type);

#endif
