// What happens, in words: time, verb, topic, writer>reader as participant.endpoint, #sequence. No ids that depend on anything but the order of opening.
#include <stdarg.h>
#include <stdio.h>

#include "transport/sim/network.h"
#include "whorl/time.h"

enum { LINE = 512 };

void whorl__sim_note(whorl__sim_network_t *network, const char *format, ...)
{
  char line[LINE];
  if (network->trace == NULL) return;
  int64_t now_ns = whorl__sim_steady_ns(network);
  int length = snprintf(line, sizeof line, "%lld.%09lld ", (long long)(now_ns / WHORL_SECONDS(1)), (long long)(now_ns % WHORL_SECONDS(1)));
  va_list words;
  va_start(words, format);
  (void)vsnprintf(line + length, sizeof line - (size_t)length, format, words);
  va_end(words);
  network->trace(network->trace_arg, line);
}

void whorl__sim_note_endpoint(const sim_endpoint_t *endpoint, const char *verb)
{
  whorl__sim_note(endpoint->participant->network, "%s %s %s %u.%u", verb, endpoint->is_writer ? "writer" : "reader", endpoint->dds_topic,
                  endpoint->participant->number, endpoint->number);
}

void whorl__sim_note_path(const sim_path_t *path, const char *verb)
{
  const sim_endpoint_t *reader = &path->reader->endpoint;
  whorl__sim_note(reader->participant->network, "%s %s %u.%u>%u.%u", verb, reader->dds_topic, path->writer_ids[0], path->writer_ids[1],
                  reader->participant->number, reader->number);
}

void whorl__sim_note_sample(const sim_path_t *path, const char *verb, const sim_sample_t *sample)
{
  const sim_endpoint_t *reader = &path->reader->endpoint;
  whorl__sim_note(reader->participant->network, "%s %s %u.%u>%u.%u #%llu", verb, reader->dds_topic, path->writer_ids[0],
                  path->writer_ids[1], reader->participant->number, reader->number, (unsigned long long)sample->base.sequence);
}

void whorl__sim_set_trace(whorl__sim_network_t *network, void (*sink)(void *arg, const char *line), void *arg)
{
  pthread_mutex_lock(&network->lock);
  network->trace = sink;
  network->trace_arg = arg;
  whorl__sim_note(network, "seed %llu", (unsigned long long)network->options.seed);
  pthread_mutex_unlock(&network->lock);
}
