// Cyclone's return codes at the seam: each has its own status, none is folded into "error".
#include <stdio.h>

#include "base/detail.h"
#include "transport/cyclone/cyclone.h"
#include "whorl/status.h"

int whorl__cyclone_status(dds_return_t code)
{
  switch (code) {
  case DDS_RETCODE_UNSUPPORTED: return WHORL_UNSUPPORTED;
  case DDS_RETCODE_BAD_PARAMETER: return WHORL_INVALID_ARGUMENT;
  case DDS_RETCODE_PRECONDITION_NOT_MET: return WHORL_WRONG_STATE;
  case DDS_RETCODE_OUT_OF_RESOURCES: return WHORL_LIMIT_EXCEEDED;
  case DDS_RETCODE_NOT_ENABLED: return WHORL_UNSUPPORTED;
  case DDS_RETCODE_IMMUTABLE_POLICY: return WHORL_INVALID_QOS;
  case DDS_RETCODE_INCONSISTENT_POLICY: return WHORL_INVALID_QOS;
  case DDS_RETCODE_ALREADY_DELETED: return WHORL_DESTROYED;
  case DDS_RETCODE_TIMEOUT: return WHORL_TIMED_OUT;
  case DDS_RETCODE_NO_DATA: return WHORL_WOULD_BLOCK;
  case DDS_RETCODE_ILLEGAL_OPERATION: return WHORL_INVALID_ARGUMENT;
  case DDS_RETCODE_NOT_ALLOWED_BY_SECURITY: return WHORL_TRANSPORT_ERROR;
  case DDS_RETCODE_IN_PROGRESS: return WHORL_BUSY;
  case DDS_RETCODE_TRY_AGAIN: return WHORL_WOULD_BLOCK;
  case DDS_RETCODE_INTERRUPTED: return WHORL_INTERRUPTED;
  case DDS_RETCODE_NOT_ALLOWED: return WHORL_IO_ERROR;
  case DDS_RETCODE_HOST_NOT_FOUND: return WHORL_NOT_FOUND;
  case DDS_RETCODE_NO_NETWORK: return WHORL_IO_ERROR;
  case DDS_RETCODE_NO_CONNECTION: return WHORL_CLOSED;
  case DDS_RETCODE_NOT_ENOUGH_SPACE: return WHORL_LIMIT_EXCEEDED;
  case DDS_RETCODE_OUT_OF_RANGE: return WHORL_INVALID_ARGUMENT;
  case DDS_RETCODE_NOT_FOUND: return WHORL_NOT_FOUND;
  case DDS_RETCODE_ERROR: return WHORL_TRANSPORT_ERROR;
  default: return code >= 0 ? WHORL_OK : WHORL_TRANSPORT_ERROR;
  }
}

int whorl__cyclone_fail(dds_return_t code, const char *what_format, ...)
{
  char what[160];
  va_list args;
  va_start(args, what_format);
  vsnprintf(what, sizeof what, what_format, args);
  va_end(args);
  return whorl__fail(whorl__cyclone_status(code), "%s: Cyclone DDS says '%s'", what, dds_strretcode(code));
}
