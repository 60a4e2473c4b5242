// What stands behind `--ros-args` on a command line, taken apart and checked. Pure functions on any thread.
#ifndef WHORL_BASE_ARGUMENTS_H
#define WHORL_BASE_ARGUMENTS_H

#include <stdbool.h>

#include "base/overrides.h"
#include "base/remap.h"

typedef struct whorl__parameter_argument { // -p
  char *node;                              // NULL: every node
  char *name, *value;                      // the value as written: YAML
  int argument;                            // where it stood, for sentences
} whorl__parameter_argument_t;

typedef struct whorl__file_argument { // --params-file
  char *path;
  int argument;
} whorl__file_argument_t;

typedef struct whorl__log_argument { // --log-level
  char *logger;                      // NULL: all that have no level of their own
  int level;                         // 0 unset, 10 debug, 20 info, 30 warn, 40 error, 50 fatal
} whorl__log_argument_t;

typedef enum whorl__switch { WHORL__SWITCH_DEFAULT, WHORL__SWITCH_ON, WHORL__SWITCH_OFF } whorl__switch_t;

typedef struct whorl__arguments {
  whorl__remap_rules_t remaps;
  whorl__parameter_argument_t *parameters;
  size_t parameter_count;
  whorl__file_argument_t *parameter_files;
  size_t parameter_file_count;
  whorl__overrides_t overrides; // what both say: files in their order, then -p in theirs. Read by whorl__arguments_load
  whorl__log_argument_t *log_levels;
  size_t log_level_count;
  char *enclave, *log_config_file, *log_file_name;             // NULL: not given. The last one wins
  whorl__switch_t rosout_logs, stdout_logs, external_lib_logs; // the last one wins
} whorl__arguments_t;

// INVALID_ARGUMENT or INVALID_NAME: "argument 3 'a b:=c' is no remap rule: ..."; NO_MEMORY. Copies. NULL entries of argv are skipped.
int whorl__arguments_parse(int argc, const char *const *argv, whorl__arguments_t **ret_arguments);
// The same, and reads the parameter files and values: "argument 5: parameter file 'robot.yaml': 3:7: ...". MALFORMED, IO_ERROR, NOT_FOUND. Blocks while files are read.
int whorl__arguments_load(int argc, const char *const *argv, whorl__arguments_t **ret_arguments);
void whorl__arguments_free(whorl__arguments_t *arguments); // NULL is fine
// Moves what is none of ROS's to the front of argv, in its order, and returns how many those are.
int whorl__arguments_strip(int argc, char **argv);

#endif
