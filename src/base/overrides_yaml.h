// Parameter files and values, as ROS writes them in YAML. Blocks while a file is read; any thread.
#ifndef WHORL_BASE_OVERRIDES_YAML_H
#define WHORL_BASE_OVERRIDES_YAML_H

#include "base/overrides.h"

// Adds what a file says. MALFORMED: "robot.yaml:3:7: ..."; IO_ERROR and others of errno when it cannot be read; NO_MEMORY. What was added before a fault stays.
int whorl__yaml_read_file(const char *path, whorl__overrides_t *overrides);
// The same of text, `source` being its name in sentences.
int whorl__yaml_read_text(const char *source, const char *text, size_t length, whorl__overrides_t *overrides);
// One value, a scalar or a list. MALFORMED: "1:3: ..."; NO_MEMORY.
int whorl__yaml_read_value(const char *text, whorl_parameter_value_t *ret_value);

#endif
