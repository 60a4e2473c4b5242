// The floor: bare Cyclone DDS with an idlc-generated type and ROS 2's default QoS; the least that any client library can cost.
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <dds/dds.h>
#include <stddef.h>

#include "bytes.h"

// Fatal on failure, as everything here: a benchmark without its floor says nothing.
dds_entity_t floor_participant(void); // in the domain that ROS_DOMAIN_ID names
dds_entity_t floor_writer(dds_entity_t participant, const char *topic);
dds_entity_t floor_reader(dds_entity_t participant, const char *topic, dds_on_data_available_fn on_data, void *arg);
// The same with transient-local durability and a history of one.
dds_entity_t floor_kept_writer(dds_entity_t participant, const char *topic);
dds_entity_t floor_kept_reader(dds_entity_t participant, const char *topic, dds_on_data_available_fn on_data, void *arg);
// A sample of `size` data bytes, filled once.
bench_Bytes *floor_sample(size_t size);
// Takes one sample into `sample`, reusing its memory; false when nothing is there.
bool floor_take(dds_entity_t reader, bench_Bytes *sample);
void floor_write(dds_entity_t writer, const bench_Bytes *sample);

#endif
