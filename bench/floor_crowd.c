// So many processes of bare Cyclone DDS find each other, each with as many endpoints as a Whorl node and the process's own: eleven writers and nine readers.
// usage: floor_crowd <processes> [advised]: as docs/configuration.md advises
#include <pthread.h>

#include "crowd.h"
#include "floor.h"

enum { SERVICES = 7 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t readers, writers; // that are matched with the topic all share
static dds_entity_t participant;

static void nothing(dds_entity_t reader, void *arg) { (void)reader, (void)arg; }

static void count(uint32_t *counted, uint32_t now) // nobody leaves before all are there
{
  pthread_mutex_lock(&lock);
  if (now > *counted) *counted = now;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

static void on_reader(dds_entity_t writer, dds_publication_matched_status_t status, void *arg)
{
  (void)writer, (void)arg;
  count(&readers, status.current_count);
}

static void on_writer(dds_entity_t reader, dds_subscription_matched_status_t status, void *arg)
{
  (void)reader, (void)arg;
  count(&writers, status.current_count);
}

static void create_services(int number)
{
  char topic[64];
  for (int i = 0; i < SERVICES; i++) {
    snprintf(topic, sizeof topic, "rr/member_%d/service_%dReply", number, i);
    floor_writer(participant, topic);
    snprintf(topic, sizeof topic, "rq/member_%d/service_%dRequest", number, i);
    floor_reader(participant, topic, nothing, NULL);
  }
}

static void create_shared(void)
{
  dds_entity_t writer = floor_writer(participant, "rt/crowd"), reader = floor_reader(participant, "rt/crowd", nothing, NULL);
  dds_publication_matched_status_t with_readers;
  dds_subscription_matched_status_t with_writers;
  dds_listener_t *listener = dds_create_listener(NULL);
  dds_lset_publication_matched(listener, on_reader);
  dds_lset_subscription_matched(listener, on_writer);
  dds_set_listener(writer, listener);
  dds_set_listener(reader, listener);
  dds_delete_listener(listener);
  dds_get_publication_matched_status(writer, &with_readers); // those that came before the listener
  dds_get_subscription_matched_status(reader, &with_writers);
  count(&readers, with_readers.current_count);
  count(&writers, with_writers.current_count);
}

// What each process says of itself: a kilobyte that those who come later get too.
static void create_state(void)
{
  dds_entity_t writer = floor_kept_writer(participant, "ros_discovery_info");
  floor_kept_reader(participant, "ros_discovery_info", nothing, NULL);
  floor_write(writer, floor_sample(1000));
}

static bool join(int number, int size)
{
  participant = floor_participant();
  create_state();
  floor_writer(participant, "rt/rosout");
  floor_writer(participant, "rt/parameter_events");
  create_services(number);
  create_shared();
  pthread_mutex_lock(&lock);
  while (readers < (uint32_t)size || writers < (uint32_t)size) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return true;
}

static bool leave(void) { return dds_delete(participant) == DDS_RETCODE_OK; }

int main(int argc, char **argv)
{
  const crowd_member_t member = {join, leave};
  return crowd_print(argc, argv, &member);
}
