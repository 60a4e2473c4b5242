#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(dds_return_t result, const char *what)
{
  if (result >= 0) return;
  fprintf(stderr, "%s: %s\n", what, dds_strretcode(result));
  exit(1);
}

static dds_entity_t topic_of(dds_entity_t participant, const char *name)
{
  dds_entity_t topic = dds_create_topic(participant, &bench_Bytes_desc, name, NULL, NULL);
  must(topic, "dds_create_topic");
  return topic;
}

static dds_qos_t *ros_default_qos(void)
{
  dds_qos_t *qos = dds_create_qos();
  dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(1));
  dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, 10);
  return qos;
}

dds_entity_t floor_participant(void)
{
  const char *domain = getenv("ROS_DOMAIN_ID");
  dds_entity_t participant = dds_create_participant(domain != NULL ? (dds_domainid_t)strtoul(domain, NULL, 10) : 0, NULL, NULL);
  must(participant, "dds_create_participant");
  return participant;
}

// Of which those that come later get the newest sample, as on ros_discovery_info.
static dds_qos_t *kept_qos(void)
{
  dds_qos_t *qos = ros_default_qos();
  dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, 1);
  dds_qset_durability(qos, DDS_DURABILITY_TRANSIENT_LOCAL);
  return qos;
}

static dds_entity_t writer_of(dds_entity_t participant, const char *topic, dds_qos_t *qos)
{
  dds_entity_t writer = dds_create_writer(participant, topic_of(participant, topic), qos, NULL);
  must(writer, "dds_create_writer");
  dds_delete_qos(qos);
  return writer;
}

static dds_entity_t reader_of(dds_entity_t participant, const char *topic, dds_qos_t *qos, dds_on_data_available_fn on_data, void *arg)
{
  dds_listener_t *listener = dds_create_listener(arg);
  dds_lset_data_available(listener, on_data);
  dds_entity_t reader = dds_create_reader(participant, topic_of(participant, topic), qos, listener);
  must(reader, "dds_create_reader");
  dds_delete_listener(listener);
  dds_delete_qos(qos);
  return reader;
}

dds_entity_t floor_writer(dds_entity_t participant, const char *topic) { return writer_of(participant, topic, ros_default_qos()); }
dds_entity_t floor_kept_writer(dds_entity_t participant, const char *topic) { return writer_of(participant, topic, kept_qos()); }

dds_entity_t floor_reader(dds_entity_t participant, const char *topic, dds_on_data_available_fn on_data, void *arg)
{
  return reader_of(participant, topic, ros_default_qos(), on_data, arg);
}

dds_entity_t floor_kept_reader(dds_entity_t participant, const char *topic, dds_on_data_available_fn on_data, void *arg)
{
  return reader_of(participant, topic, kept_qos(), on_data, arg);
}

bench_Bytes *floor_sample(size_t size)
{
  bench_Bytes *sample = dds_alloc(sizeof *sample);
  sample->data._buffer = dds_alloc((uint32_t)size);
  sample->data._length = sample->data._maximum = (uint32_t)size;
  sample->data._release = true;
  memset(sample->data._buffer, 'w', size);
  return sample;
}

bool floor_take(dds_entity_t reader, bench_Bytes *sample)
{
  void *samples[1] = {sample};
  dds_sample_info_t info;
  for (;;) {
    dds_return_t count = dds_take(reader, samples, &info, 1, 1);
    must(count, "dds_take");
    if (count == 0) return false;
    if (info.valid_data) return true;
  }
}

void floor_write(dds_entity_t writer, const bench_Bytes *sample) { must(dds_write(writer, sample), "dds_write"); }
