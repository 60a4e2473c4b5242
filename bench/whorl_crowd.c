// So many processes of one node each find each other: counterpart of floor_crowd.c.
// usage: whorl_crowd <processes> [advised]: as docs/configuration.md advises
#include "crowd.h"
#include "node/crowd_node_testing.h"

int main(int argc, char **argv) { return crowd_print(argc, argv, &crowd_of_nodes); }
