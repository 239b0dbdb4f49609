// The connection: a Unix socket that keeps the bounds of messages (unix(7), SOCK_SEQPACKET).
#include "daemon.h"

#include "system.h"
#include "text.h"

// How long the daemon may take to accept the call, and then to answer it for the first time.
static const struct timeval PATIENCE = {.tv_sec = 2, .tv_usec = 0};

static bool write_address(struct sockaddr_un *address, const char *run) {
  static const char name[] = "/tsnet.sock";
  const size_t length = strlen(run);
  if (*run != '/' || length + sizeof name > sizeof address->sun_path) return false;
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, run, length);
  memcpy(address->sun_path + length, name, sizeof name);
  return true;
}

// With a standard stream closed, the socket would become one.
static int above_streams(int fd) {
  if (fd < 0 || fd > 2) return fd;
  const int moved = sys_duplicate_above(fd, 3);
  sys_close(fd);
  return moved;
}

int connect_daemon(const char *run) {
  struct sockaddr_un address;
  if (!write_address(&address, run == NULL ? "/run/tsnet" : run)) return -1;
  const int fd = above_streams(sys_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC));
  if (fd < 0) return -1;
  sys_set_time_limit(fd, SO_SNDTIMEO, &PATIENCE);
  sys_set_time_limit(fd, SO_RCVTIMEO, &PATIENCE);
  int outcome;
  do {
    outcome = sys_connect(fd, &address);
  } while (outcome == -EINTR);
  if (outcome == 0) return fd;
  sys_close(fd);
  return -1;
}

static int open_namespace(const char *path) {
  if (path == NULL || *path == '\0') return -1;
  // Without O_NONBLOCK a pipe at that path would keep us waiting for its other end.
  return above_streams(sys_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

bool send_request(int daemon, const struct request *request, const char *netns) {
  const int passed = open_namespace(netns);
  struct iovec bytes = {.iov_base = (void *)request->bytes, .iov_len = request->size};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof passed)];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof passed), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.header), &passed, sizeof passed);
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (passed >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
  }
  long sent;
  do {
    sent = sys_send_message(daemon, &message, MSG_NOSIGNAL);
  } while (sent == -EINTR);
  if (passed >= 0) sys_close(passed);
  return sent >= 0;
}
