// A reader's own history cache: Cyclone stores every sample for the reader here, remote or local, and it goes into the reader's ring.
//
// Everything runs under Cyclone's locks, `store` on several threads at once. `store` always says true: false would put a local
// writer to sleep under those locks and make the receive thread deliver again to the readers it has already served.
#include <assert.h>
#include <string.h>

#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"
#include "whorl/status.h"
#include "whorl/time.h"

static whorl__history_t *of_ddsi(struct ddsi_rhc *rhc) { return (whorl__history_t *)rhc; }
static whorl__history_t *of_dds(struct dds_rhc *rhc) { return (whorl__history_t *)rhc; }

// Cyclone keeps GUIDs as four words in host order.
static void copy_gid(uint8_t gid[16], const ddsi_guid_t *guid)
{
  const uint32_t words[4] = {guid->prefix.u[0], guid->prefix.u[1], guid->prefix.u[2], guid->entityid.u};
  for (int i = 0; i < 4; i++) {
    gid[4 * i] = (uint8_t)(words[i] >> 24);
    gid[4 * i + 1] = (uint8_t)(words[i] >> 16);
    gid[4 * i + 2] = (uint8_t)(words[i] >> 8);
    gid[4 * i + 3] = (uint8_t)words[i];
  }
}

// Cyclone says it in monotonic time, the ring is asked in system time.
static int64_t expiry_ns(const struct ddsi_writer_info *writer)
{
  if (writer->lifespan_exp.v == DDSRT_MTIME_NEVER.v) return WHORL_FOREVER;
  return dds_time() + (writer->lifespan_exp.v - ddsrt_time_monotonic().v);
}

static bool store(struct ddsi_rhc *rhc, const struct ddsi_writer_info *writer, struct ddsi_serdata *dds,
                  struct ddsi_tkmap_instance *instance)
{
  (void)instance;
  whorl__history_t *history = of_ddsi(rhc);
  WHORL__TAKE(history);
  WHORL__TAKE(dds);
  if (dds->kind != SDK_DATA || dds->statusinfo != 0) return true; // dispose and unregister mean nothing without keys
  whorl__serdata_t *serdata = (whorl__serdata_t *)dds;
  if (!serdata->stamped) { // from the wire: all its stores come one after the other from the thread that received it
    serdata->stamped = true;
    serdata->sample.source_timestamp_ns = dds->timestamp.v;
    copy_gid(serdata->sample.publisher_gid, &writer->guid);
  }
  whorl__cyclone_deadline_renew(&history->deadline);
  whorl__reader_store(history->reader, &serdata->sample, expiry_ns(writer));
  WHORL__GIVE(serdata);
  WHORL__GIVE(history);
  return true;
}

// Runs inside the creation of the reader.
static dds_return_t associate(struct dds_rhc *rhc, struct dds_reader *reader, const struct ddsi_sertype *sertype,
                              struct ddsi_tkmap *instances)
{
  (void)reader;
  whorl__history_t *history = of_dds(rhc);
  whorl__cyclone_deadline_start(&history->deadline, ddsrt_atomic_ldvoidp(&sertype->gv));
  whorl__serdata_t *key = whorl__serdata_new_key(history->companion, sertype);
  if (key == NULL) return DDS_RETCODE_OK; // slower, not wrong
  history->instances = instances;
  history->pinned = ddsi_tkmap_lookup_instance_ref(instances, &key->dds);
  ddsi_serdata_unref(&key->dds);
  return DDS_RETCODE_OK;
}

// Inside the deletion of the reader, on the deleting thread; the memory is the reader's.
static void history_free(struct ddsi_rhc *rhc)
{
  whorl__history_t *history = of_ddsi(rhc);
  whorl__cyclone_deadline_stop(&history->deadline);
  if (history->pinned != NULL) ddsi_tkmap_instance_unref(history->instances, history->pinned);
}

static void unregister_writer(struct ddsi_rhc *rhc, const struct ddsi_writer_info *writer) { (void)rhc, (void)writer; }
static void relinquish_ownership(struct ddsi_rhc *rhc, const uint64_t writer) { (void)rhc, (void)writer; }
static void set_qos(struct ddsi_rhc *rhc, const struct dds_qos *qos) { (void)rhc, (void)qos; }

// Nobody reads through Cyclone.
static int32_t read_none(struct dds_rhc *rhc, bool lock, void **values, dds_sample_info_t *infos, uint32_t count, uint32_t mask,
                         dds_instance_handle_t handle, struct dds_readcond *condition)
{
  (void)rhc, (void)lock, (void)values, (void)infos, (void)count, (void)mask, (void)handle, (void)condition;
  return 0;
}

static int32_t read_none_cdr(struct dds_rhc *rhc, bool lock, struct ddsi_serdata **values, dds_sample_info_t *infos, uint32_t count,
                             uint32_t sample_states, uint32_t view_states, uint32_t instance_states, dds_instance_handle_t handle)
{
  (void)rhc, (void)lock, (void)values, (void)infos, (void)count, (void)sample_states, (void)view_states, (void)instance_states,
      (void)handle;
  return 0;
}

static bool add_condition(struct dds_rhc *rhc, struct dds_readcond *condition)
{
  (void)rhc, (void)condition;
  return false;
}

static void remove_condition(struct dds_rhc *rhc, struct dds_readcond *condition) { (void)rhc, (void)condition; }

static uint32_t lock_samples(struct dds_rhc *rhc)
{
  (void)rhc;
  return 0;
}

static const struct dds_rhc_ops history_ops = {
    .rhc_ops = {.store = store,
                .unregister_wr = unregister_writer,
                .relinquish_ownership = relinquish_ownership,
                .set_qos = set_qos,
                .free = history_free},
    .read = read_none,
    .take = read_none,
    .readcdr = read_none_cdr,
    .takecdr = read_none_cdr,
    .add_readcondition = add_condition,
    .remove_readcondition = remove_condition,
    .lock_samples = lock_samples,
    .associate = associate,
};

void whorl__history_init(whorl__history_t *history, whorl__cyclone_endpoint_t *endpoint, whorl__reader_t *reader, int64_t deadline_ns)
{
  memset(history, 0, sizeof *history);
  history->rhc.common.ops = &history_ops;
  history->companion = endpoint->companion;
  history->deadline.endpoint = endpoint;
  history->deadline.adm.dur = deadline_ns;
  history->reader = reader;
}
