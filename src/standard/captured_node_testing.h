// Test data: all endpoints of a fresh rclpy node (ROS 2 Jazzy, node `/listener` of the recorded session pubsub_string), in the order of their entity ids, which is that of their making. The QoS is that of ROS 2's profiles.
#ifndef WHORL_STANDARD_CAPTURED_NODE_TESTING_H
#define WHORL_STANDARD_CAPTURED_NODE_TESTING_H

#include <stdbool.h>

#include "whorl/qos.h"

typedef struct captured_endpoint {
  unsigned entity; // the third byte of its entity id
  bool is_writer;
  const char *dds_topic, *dds_type, *hash;
  const whorl_qos_t *qos;
} captured_endpoint_t;

static const whorl_qos_t discovery_writer = {.history = WHORL_HISTORY_KEEP_LAST,
                                             .depth = 1,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC};
static const whorl_qos_t discovery_reader = {.history = WHORL_HISTORY_KEEP_ALL,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC};
static const captured_endpoint_t captured_endpoints[] = {
    {0x04, true, "ros_discovery_info", "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_",
     "RIHS01_91a0593bacdcc50ea9bdcf849a938b128412cc1ea821245c663bcd26f83c295e", &discovery_writer},
    {0x05, false, "ros_discovery_info", "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_",
     "RIHS01_91a0593bacdcc50ea9bdcf849a938b128412cc1ea821245c663bcd26f83c295e", &discovery_reader},
    {0x06, true, "rt/rosout", "rcl_interfaces::msg::dds_::Log_", "RIHS01_e28ce254ca8abc06abf92773b74602cdbf116ed34fbaf294fb9f81da9f318eac",
     &WHORL_QOS_ROSOUT},
    {0x07, true, "rt/parameter_events", "rcl_interfaces::msg::dds_::ParameterEvent_",
     "RIHS01_043e627780fcad87a22d225bc2a037361dba713fca6a6b9f4b869a5aa0393204", &WHORL_QOS_PARAMETER_EVENTS},
    {0x08, true, "rr/listener/describe_parametersReply", "rcl_interfaces::srv::dds_::DescribeParameters_Response_",
     "RIHS01_ad6747319613c6131589e062e095b469a46cc764f7d0f12a001a49e6cd893995", &WHORL_QOS_PARAMETERS},
    {0x09, false, "rq/listener/describe_parametersRequest", "rcl_interfaces::srv::dds_::DescribeParameters_Request_",
     "RIHS01_05dd1c2bc87dec2627105c8070d6f9725c781a4f2ab852975bf105462b82b644", &WHORL_QOS_PARAMETERS},
    {0x0a, true, "rr/listener/get_parametersReply", "rcl_interfaces::srv::dds_::GetParameters_Response_",
     "RIHS01_9fa773b46e39cc5d02db6224d8fd520bb9caeeffc2b27c96c1e59431baba9f2a", &WHORL_QOS_PARAMETERS},
    {0x0b, false, "rq/listener/get_parametersRequest", "rcl_interfaces::srv::dds_::GetParameters_Request_",
     "RIHS01_135a9e1c3d7cebef792f6687d7ddf99949b21a0bd9a320d863a9110a3f5cf4d6", &WHORL_QOS_PARAMETERS},
    {0x0c, true, "rr/listener/get_parameter_typesReply", "rcl_interfaces::srv::dds_::GetParameterTypes_Response_",
     "RIHS01_ac1335dce67c478e669434f6ac2fbff34fcd529580f272d3006785ba8b54e47f", &WHORL_QOS_PARAMETERS},
    {0x0d, false, "rq/listener/get_parameter_typesRequest", "rcl_interfaces::srv::dds_::GetParameterTypes_Request_",
     "RIHS01_87d7ec5ef545d4daa289d500025d31fb2437bc8b8365ca367161c4dac4be33fd", &WHORL_QOS_PARAMETERS},
    {0x0e, true, "rr/listener/list_parametersReply", "rcl_interfaces::srv::dds_::ListParameters_Response_",
     "RIHS01_31b937b82de3612426be79f231e386259f97e8dc843e3f2845288b4bfa296bdd", &WHORL_QOS_PARAMETERS},
    {0x0f, false, "rq/listener/list_parametersRequest", "rcl_interfaces::srv::dds_::ListParameters_Request_",
     "RIHS01_a1b0b5d6b967a5b8ac5bc8563c3ea678f349e312a6a4967227c5a96bc5ce38df", &WHORL_QOS_PARAMETERS},
    {0x10, true, "rr/listener/set_parametersReply", "rcl_interfaces::srv::dds_::SetParameters_Response_",
     "RIHS01_7a0e8140a0b8d98308fa81a5403a766e610af29a239caf54b7553227906fc266", &WHORL_QOS_PARAMETERS},
    {0x11, false, "rq/listener/set_parametersRequest", "rcl_interfaces::srv::dds_::SetParameters_Request_",
     "RIHS01_130d46386b7e84ea9ecf60608a4d83cbe5e5cb7c6cc5b712b7a4e3a6c254e932", &WHORL_QOS_PARAMETERS},
    {0x12, true, "rr/listener/set_parameters_atomicallyReply", "rcl_interfaces::srv::dds_::SetParametersAtomically_Response_",
     "RIHS01_31b1a38c5b0b9d893ee24da45f69638f4561c78461d82d52750f429b534502b8", &WHORL_QOS_PARAMETERS},
    {0x13, false, "rq/listener/set_parameters_atomicallyRequest", "rcl_interfaces::srv::dds_::SetParametersAtomically_Request_",
     "RIHS01_db0bd950ed5ed867a0e90b225e44dea382d762c0762ff3e0ee842190042a59e5", &WHORL_QOS_PARAMETERS},
    {0x14, true, "rr/listener/get_type_descriptionReply", "type_description_interfaces::srv::dds_::GetTypeDescription_Response_",
     "RIHS01_648c49d976240861a482f961c5621ddd0d2135d8cce6f297a76d4f6376d93b75", &WHORL_QOS_SERVICES},
    {0x15, false, "rq/listener/get_type_descriptionRequest", "type_description_interfaces::srv::dds_::GetTypeDescription_Request_",
     "RIHS01_470f56ccbcf13d55c78c8b735fb12da03e639e5acded994426c89d94778d9e28", &WHORL_QOS_SERVICES},
};

#endif
