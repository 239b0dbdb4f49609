// The connection to the daemon.
#pragma once

#include <stdbool.h>

#include "request.h"

/** Connects to the daemon of the run directory `run`; NULL for the standard one. -1 when there is none. */
int connect_daemon(const char *run);

/** Sends the request, and the file `netns` as an open descriptor if there is one. False when nothing was sent. */
bool send_request(int daemon, const struct request *request, const char *netns);
