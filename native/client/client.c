// A CNI plugin's executable: hands the call to the daemon, or becomes the one-shot executable. At most one of both
// takes effect, whatever happens in between.
#include "client.h"

#include "answers.h"
#include "daemon.h"
#include "one-shot.h"
#include "request.h"
#include "system.h"
#include "text.h"

static bool is_empty(const char *text) {
  return text == NULL || *text == '\0';
}

/** Tells whether the daemon can serve the call as the one-shot executable would. */
static bool is_for_daemon(const char *plugin, char **environment) {
  const char *netns = variable(environment, "CNI_NETNS");
  if (is_empty(plugin) || is_empty(variable(environment, "CNI_COMMAND"))) return false;
  // A path without a slash in front is seen from the folder that this process is in.
  if (!is_empty(netns) && *netns != '/') return false;
  // The log goes to the stderr of who asks for it.
  return is_empty(variable(environment, "TSNET_LOG"));
}

int run_client(char **argv, char **environment) {
  static struct request request;
  static struct answers answers;
  const char *plugin = *argv == NULL ? NULL : last_part(*argv);
  if (!is_for_daemon(plugin, environment) || !begin_request(&request, plugin, environment)) {
    become_one_shot(argv, environment);
  }
  // Before stdin is read, so that without a daemon it stays as it is.
  const int daemon = connect_daemon(variable(environment, "TSNET_RUN_DIR"));
  if (daemon < 0) become_one_shot(argv, environment);

  const enum input input = read_input(&request);
  if (input == INPUT_FAILED) become_one_shot(argv, environment);
  enum fate fate = NOT_BEGUN;
  if (input == INPUT_WHOLE && send_request(daemon, &request, variable(environment, "CNI_NETNS"))) {
    fate = receive_answers(daemon, &answers);
  }
  if (fate == DONE) return print_answers(&answers);
  restore_input(request.bytes + request.input_at, request.size - request.input_at, input == INPUT_WHOLE);
  if (fate == CUT_OFF) announce_retry(environment);
  become_one_shot(argv, environment);
}
