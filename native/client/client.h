// The client of the daemon.
#pragma once

/** Serves one call of a CNI plugin and returns the exit code. Becomes the one-shot executable where that has to serve it. */
int run_client(char **argv, char **environment);
