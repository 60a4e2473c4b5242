#include "base/memory.h"
#include "transport/sim/network.h"

static void ref(whorl__sample_t *base)
{
  atomic_fetch_add_explicit(&WHORL__CONTAINER(base, sim_sample_t, base)->references, 1, memory_order_relaxed);
}

static void unref(whorl__sample_t *base)
{
  sim_sample_t *sample = WHORL__CONTAINER(base, sim_sample_t, base);
  if (atomic_fetch_sub_explicit(&sample->references, 1, memory_order_acq_rel) != 1) return;
  whorl__sim_network_t *network = sample->network;
  whorl__sample_fini(base);
  pthread_mutex_lock(&network->pool_lock);
  sample->next_free = network->free_samples;
  network->free_samples = sample;
  network->live_samples--;
  pthread_mutex_unlock(&network->pool_lock);
}

static const whorl__sample_ops_t sample_ops = {ref, unref};

static sim_sample_t *take_free(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->pool_lock);
  sim_sample_t *sample = network->free_samples;
  if (sample != NULL) {
    network->free_samples = sample->next_free;
    network->live_samples++;
  }
  pthread_mutex_unlock(&network->pool_lock);
  return sample;
}

static sim_sample_t *make(whorl__sim_network_t *network)
{
  sim_sample_t *sample = whorl__alloc(sizeof *sample);
  if (sample == NULL) return NULL;
  pthread_mutex_lock(&network->pool_lock);
  network->live_samples++;
  pthread_mutex_unlock(&network->pool_lock);
  return sample;
}

sim_sample_t *whorl__sim_sample_new(whorl__sim_network_t *network, const whorl__type_t *type, whorl__message_t *message, whorl__cdr_t *cdr)
{
  sim_sample_t *sample = take_free(network);
  if (sample == NULL) sample = make(network);
  if (sample == NULL) {
    if (message != NULL) whorl__message_unref(message);
    if (cdr != NULL) whorl__cdr_free(cdr);
    return NULL;
  }
  whorl__sample_init(&sample->base, &sample_ops, type, message, cdr);
  atomic_init(&sample->references, 1);
  sample->network = network;
  return sample;
}
