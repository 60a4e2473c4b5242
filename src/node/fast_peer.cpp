// Another vendor's middleware for the tests: a Fast DDS participant that sends or receives ROS strings, on the loopback interface and nowhere else. It knows no ROS: names, types and bytes are written out.
//
// usage: fast_peer talk|listen <DDS topic> <DDS type> <characters> <count>
// Reliable and transient local, so that nothing depends on who knows of whom first. talk: messages 0 to count - 1 of so many characters; ends when standard input does and all have been acknowledged. listen: the same, received and compared. Exit code 0: all was as it should be.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/DataReaderListener.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>

using namespace eprosima::fastdds::dds;
using eprosima::fastrtps::rtps::InstanceHandle_t;
using eprosima::fastrtps::rtps::IPLocator;
using eprosima::fastrtps::rtps::Locator_t;
using eprosima::fastrtps::rtps::SerializedPayload_t;

namespace {

const std::chrono::seconds patience(60);

// std_msgs/msg/String in CDR: four bytes of encapsulation, the length with its zero, the characters.
class StringType : public TopicDataType {
public:
  StringType(const char *name, uint32_t characters)
  {
    setName(name);
    m_typeSize = characters + 9;
    m_isGetKeyDefined = false;
  }
  bool serialize(void *data, SerializedPayload_t *payload) override
  {
    const std::string *text = static_cast<std::string *>(data);
    uint32_t length = static_cast<uint32_t>(text->size()) + 1;
    const unsigned char head[] = {0, 1, 0, 0, static_cast<unsigned char>(length), static_cast<unsigned char>(length >> 8),
                                  static_cast<unsigned char>(length >> 16), static_cast<unsigned char>(length >> 24)};
    memcpy(payload->data, head, sizeof head);
    memcpy(payload->data + sizeof head, text->c_str(), length);
    payload->length = length + static_cast<uint32_t>(sizeof head);
    payload->encapsulation = CDR_LE;
    return true;
  }
  bool deserialize(SerializedPayload_t *payload, void *data) override
  {
    const unsigned char *bytes = payload->data;
    if (payload->length < 9 || bytes[1] != 1) return false;
    uint32_t length = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | static_cast<uint32_t>(bytes[7]) << 24;
    if (length == 0 || length > payload->length - 8) return false;
    static_cast<std::string *>(data)->assign(reinterpret_cast<const char *>(bytes + 8), length - 1);
    return true;
  }
  std::function<uint32_t()> getSerializedSizeProvider(void *data) override
  {
    return [data] { return static_cast<uint32_t>(static_cast<std::string *>(data)->size()) + 9; };
  }
  void *createData() override { return new std::string; }
  void deleteData(void *data) override { delete static_cast<std::string *>(data); }
  bool getKey(void *, InstanceHandle_t *, bool) override { return false; }
};

std::string text_of(unsigned number, size_t characters)
{
  std::string text = std::to_string(number) + ":";
  while (text.size() < characters) text.push_back(static_cast<char>('a' + (text.size() + number) % 26));
  return text;
}

class Ear : public DataReaderListener {
public:
  Ear(size_t characters, unsigned count) : characters(characters), count(count) {}
  void on_data_available(DataReader *reader) override
  {
    std::string text;
    SampleInfo info;
    std::lock_guard<std::mutex> guard(lock);
    while (reader->take_next_sample(&text, &info) == ReturnCode_t::RETCODE_OK) {
      if (!info.valid_data) continue;
      good = good && text == text_of(next, characters);
      next++;
    }
    changed.notify_all();
  }
  bool wait()
  {
    std::unique_lock<std::mutex> guard(lock);
    return changed.wait_for(guard, patience, [this] { return next >= count; }) && good && next == count;
  }

private:
  std::mutex lock;
  std::condition_variable changed;
  size_t characters;
  unsigned count, next = 0;
  bool good = true;
};

DomainParticipant *join(int domain)
{
  DomainParticipantQos qos;
  auto transport = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
  transport->interfaceWhiteList.push_back("127.0.0.1");
  qos.transport().use_builtin_transports = false;
  qos.transport().user_transports.push_back(transport);
  for (uint32_t other = 0; other < 4; other++) { // unicast: there need be no multicast on the interface
    Locator_t locator;
    IPLocator::setIPv4(locator, "127.0.0.1");
    locator.port = 7400 + 250 * static_cast<uint32_t>(domain) + 10 + 2 * other;
    qos.wire_protocol().builtin.initialPeersList.push_back(locator);
  }
  return DomainParticipantFactory::get_instance()->create_participant(static_cast<uint32_t>(domain), qos);
}

template <class Qos> void set_qos(Qos &qos)
{
  qos.reliability().kind = RELIABLE_RELIABILITY_QOS;
  qos.durability().kind = TRANSIENT_LOCAL_DURABILITY_QOS;
  qos.history().kind = KEEP_ALL_HISTORY_QOS;
  qos.endpoint().history_memory_policy = eprosima::fastrtps::rtps::DYNAMIC_RESERVE_MEMORY_MODE;
}

bool talk(DomainParticipant *participant, Topic *topic, size_t characters, unsigned count)
{
  DataWriterQos qos;
  set_qos(qos);
  qos.publish_mode().kind = ASYNCHRONOUS_PUBLISH_MODE; // fragments are sent so only
  DataWriter *writer = participant->create_publisher(PUBLISHER_QOS_DEFAULT)->create_datawriter(topic, qos);
  if (writer == nullptr) return false;
  for (unsigned i = 0; i < count; i++) {
    std::string text = text_of(i, characters);
    if (!writer->write(&text)) return false;
  }
  std::puts("written");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return writer->wait_for_acknowledgments({static_cast<int32_t>(patience.count()), 0}) == ReturnCode_t::RETCODE_OK;
}

bool listen(DomainParticipant *participant, Topic *topic, size_t characters, unsigned count)
{
  Ear ear(characters, count);
  DataReaderQos qos;
  set_qos(qos);
  return participant->create_subscriber(SUBSCRIBER_QOS_DEFAULT)->create_datareader(topic, qos, &ear) != nullptr && ear.wait();
}

} // namespace

int main(int argc, char **argv)
{
  const char *domain = std::getenv("ROS_DOMAIN_ID");
  if (argc != 6 || domain == nullptr) return 2;
  size_t characters = std::strtoul(argv[4], nullptr, 10);
  unsigned count = static_cast<unsigned>(std::strtoul(argv[5], nullptr, 10));
  DomainParticipant *participant = join(std::atoi(domain));
  if (participant == nullptr) return 2;
  TypeSupport type(new StringType(argv[3], static_cast<uint32_t>(characters)));
  type.register_type(participant);
  Topic *topic = participant->create_topic(argv[2], argv[3], TOPIC_QOS_DEFAULT);
  if (topic == nullptr) return 2;
  bool good = std::strcmp(argv[1], "talk") == 0 ? talk(participant, topic, characters, count)
                                                : listen(participant, topic, characters, count);
  participant->delete_contained_entities();
  DomainParticipantFactory::get_instance()->delete_participant(participant);
  return good ? 0 : 1;
}
