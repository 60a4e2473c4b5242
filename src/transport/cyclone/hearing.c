// Does one of a writer's readers hear it?
//
// A reader drops what comes before the first heartbeat that it gets of a writer. Until then it asks for one, with acknowledgements that are numbered 0; those that answer a heartbeat are numbered
// from 1. Cyclone keeps the last number of each reader, and tells nobody: there is no call for it, so its own table is read, under its lock.
#include "transport/cyclone/cyclone.h"

#include <dds/ddsi/ddsi_entity_match.h> // before the next one, which does not include what it needs

#include <dds/ddsi/ddsi_entity_index.h>
#include <dds/ddsi/q_thread.h>

// Cyclone keeps GUIDs as four words in host order.
static ddsi_guid_t read_gid(const uint8_t gid[16])
{
  uint32_t words[4];
  for (int i = 0; i < 4; i++)
    words[i] = (uint32_t)gid[4 * i] << 24 | (uint32_t)gid[4 * i + 1] << 16 | (uint32_t)gid[4 * i + 2] << 8 | gid[4 * i + 3];
  return (ddsi_guid_t){.prefix = {.u = {words[0], words[1], words[2]}}, .entityid = {.u = words[3]}};
}

static void look(struct ddsi_writer *writer, const ddsi_guid_t *reader, whorl__hearing_t *ret_hearing)
{
  ddsrt_mutex_lock(&writer->e.lock);
  const struct ddsi_wr_prd_match *match = ddsrt_avl_lookup(&ddsi_wr_readers_treedef, &writer->readers, reader);
  *ret_hearing = (whorl__hearing_t){.in_touch = true, .acknowledged = writer->seq, .written = writer->seq};
  if (match != NULL && match->is_reliable && match->seq <= writer->seq) { // above: taken for one that has all, as it may be gone
    ret_hearing->in_touch = match->prev_acknack > 0;
    ret_hearing->acknowledged = match->seq;
  }
  ddsrt_mutex_unlock(&writer->e.lock);
}

void whorl__cyclone_writer_hearing(whorl__writer_t *base, const uint8_t reader_gid[16], whorl__hearing_t *ret_hearing)
{
  const struct ddsi_domaingv *domain = ddsrt_atomic_ldvoidp(&((whorl__cyclone_writer_t *)base)->endpoint.sertype->gv);
  const ddsi_guid_t reader = read_gid(reader_gid), own = read_gid(base->gid);
  struct thread_state *thread = lookup_thread_state();
  thread_state_awake(thread, domain); // what is looked up stays until this thread sleeps again
  struct ddsi_writer *writer = entidx_lookup_writer_guid(domain->entity_index, &own);
  *ret_hearing = (whorl__hearing_t){.in_touch = true};
  if (writer != NULL) look(writer, &reader, ret_hearing);
  thread_state_asleep(thread);
}
