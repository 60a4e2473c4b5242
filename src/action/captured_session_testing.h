// A session of rclpy's action client with rclpy's action server, as it was recorded on the wire: CDR without the 16 bytes of a request's identity. A goal of order 5, one that was rejected, and one of order 20 that was cancelled after half a second.
#ifndef WHORL_ACTION_CAPTURED_SESSION_TESTING_H
#define WHORL_ACTION_CAPTURED_SESSION_TESTING_H

static const struct captured {
  const char *part, *payload; // hexadecimal
} captured_session[] = {
    {"send_goal request", "00010000597de812724541c3a0225117beb427f605000000"},                                        // 0 ms
    {"send_goal reply", "0001000001000000488d006bf8f5a017"},                                                          // 2 ms
    {"status", "0001000001000000597de812724541c3a0225117beb427f6488d006bffa5a11702000000"},                           // 2 ms
    {"get_result request", "00010000597de812724541c3a0225117beb427f6"},                                               // 2 ms
    {"feedback", "00010000597de812724541c3a0225117beb427f603000000000000000100000001000000"},                         // 3 ms
    {"feedback", "00010000597de812724541c3a0225117beb427f60400000000000000010000000100000002000000"},                 // 153 ms
    {"feedback", "00010000597de812724541c3a0225117beb427f6050000000000000001000000010000000200000003000000"},         // 304 ms
    {"feedback", "00010000597de812724541c3a0225117beb427f606000000000000000100000001000000020000000300000005000000"}, // 455 ms
    {"status", "0001000001000000597de812724541c3a0225117beb427f6488d006bffa5a11704000000"},                           // 605 ms
    {"get_result reply", "000100000400000006000000000000000100000001000000020000000300000005000000"},                 // 606 ms
    {"send_goal request", "00010000ed46d5b1c3e9411e9baff722707ace8fe8030000"},                                        // 607 ms
    {"send_goal reply", "00010000000000000000000000000000"},                                                          // 608 ms
    {"send_goal request", "000100000134edf73f3b401f80378e671f4bb86814000000"},                                        // 608 ms
    {"send_goal reply", "0001000001000000498d006b11783900"},                                                          // 609 ms
    {"status", "0001000002000000597de812724541c3a0225117beb427f6488d006bffa5a117040134edf73f3b401f80378e671f4bb868000000498d006b67373a00020"
               "00000"},                                                                                              // 609 ms
    {"get_result request", "000100000134edf73f3b401f80378e671f4bb868"},                                               // 609 ms
    {"feedback", "000100000134edf73f3b401f80378e671f4bb86803000000000000000100000001000000"},                         // 609 ms
    {"feedback", "000100000134edf73f3b401f80378e671f4bb8680400000000000000010000000100000002000000"},                 // 760 ms
    {"feedback", "000100000134edf73f3b401f80378e671f4bb868050000000000000001000000010000000200000003000000"},         // 910 ms
    {"feedback", "000100000134edf73f3b401f80378e671f4bb86806000000000000000100000001000000020000000300000005000000"}, // 1061 ms
    {"cancel_goal request", "000100000134edf73f3b401f80378e671f4bb8680000000000000000"},                              // 1113 ms
    {"status", "0001000002000000597de812724541c3a0225117beb427f6488d006bffa5a117040134edf73f3b401f80378e671f4bb868000000498d006b67373a00030"
               "00000"},                                                                               // 1115 ms
    {"cancel_goal reply", "0001000000000000010000000134edf73f3b401f80378e671f4bb868498d006b67373a00"}, // 1115 ms
    {"status", "0001000002000000597de812724541c3a0225117beb427f6488d006bffa5a117040134edf73f3b401f80378e671f4bb868000000498d006b67373a00050"
               "00000"},                                                                              // 1211 ms
    {"get_result reply", "000100000500000006000000000000000100000001000000020000000300000005000000"}, // 1212 ms
};

#endif
