// Requests that the kernel answers late: sent from a thread of their own, the answer comes to the socket as always.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

#include "result.h"
#include "thread.h"

namespace tsnet {
namespace {

/** One datagram on its way, in one piece of memory that the thread gives back. */
struct Datagram {
  Datagram* next;
  int fd;
  size_t length;
  unsigned char bytes[];
};

void discard(Datagram* datagram) {
  close(datagram->fd);
  free(datagram);
}

void deliver(Datagram* datagram) {
  while (send(datagram->fd, datagram->bytes, datagram->length, 0) < 0 && errno == EINTR) {
  }
  discard(datagram);
}

/** A thread that sends. Those without anything to send wait for the next datagram. */
struct Sender {
  Sender* next;
  /** The socket that it is sending to, as its owner calls it. */
  int socket;
  Datagram* first;
  pthread_cond_t wake;
  /** Of the thread. */
  pid_t id;
};

// A thread that waits is woken in a fraction of the time that the start of one takes. More than a few are never needed at once
// but by many containers that end together.
constexpr int kMostIdle = 2;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
Sender* idle = nullptr;
int idleCount = 0;
Sender* busy = nullptr;

void unlink(Sender** list, const Sender* sender) {
  while (*list != sender) list = &(*list)->next;
  *list = sender->next;
}

/**
 * Lets a thread that is about to be woken run on any processor but the one that we run on. Left to itself the scheduler often has
 * it take our place, with another one idle: where few share a cache, it hardly looks for one (select_idle_cpu, kernel/sched/fair.c).
 */
void keepOffOurs(pid_t id) {
  cpu_set_t processors;
  const int ours = sched_getcpu();
  if (ours < 0 || sched_getaffinity(0, sizeof processors, &processors) != 0) return;
  CPU_CLR(ours, &processors);
  if (CPU_COUNT(&processors) > 0) sched_setaffinity(id, sizeof processors, &processors);
}

/** The next datagram, waited for unless enough others wait: then there is none. With the lock. */
Datagram* next(Sender* sender) {
  if (sender->first == nullptr) {
    unlink(&busy, sender);
    if (idleCount == kMostIdle) return nullptr;
    sender->next = idle;
    idle = sender;
    idleCount++;
    while (sender->first == nullptr) pthread_cond_wait(&sender->wake, &lock);
  }
  Datagram* const datagram = sender->first;
  sender->first = datagram->next;
  return datagram;
}

void* sendOn(void* argument) {
  auto* const sender = static_cast<Sender*>(argument);
  sender->id = static_cast<pid_t>(syscall(SYS_gettid));
  for (;;) {
    pthread_mutex_lock(&lock);
    Datagram* const datagram = next(sender);
    pthread_mutex_unlock(&lock);
    if (datagram == nullptr) break;
    deliver(datagram);
  }
  free(sender);
  return nullptr;
}

/** The thread that is sending to that socket, whose datagrams must not overtake each other. With the lock. */
Sender* senderTo(int socket) {
  Sender* sender = busy;
  while (sender != nullptr && sender->socket != socket) sender = sender->next;
  return sender;
}

int startDetached(void* (*work)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // A signal is for the runtime's own threads.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int failure = pthread_create(&thread, &attributes, work, argument);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  errno = failure;
  return failure == 0 ? 0 : -1;
}

/** Takes an idle thread into work, or starts one; nullptr, with errno set, when that fails. With the lock. */
Sender* employ(int socket, Datagram* datagram) {
  Sender* sender = idle;
  const bool isNew = sender == nullptr;
  errno = ENOMEM;
  if (isNew && (sender = static_cast<Sender*>(malloc(sizeof(Sender)))) == nullptr) return nullptr;
  if (isNew) {
    sender->wake = PTHREAD_COND_INITIALIZER;
  } else {
    idle = sender->next;
    idleCount--;
  }
  sender->socket = socket;
  sender->first = datagram;
  sender->next = busy;
  busy = sender;
  if (!isNew) {
    keepOffOurs(sender->id);
    pthread_cond_signal(&sender->wake);
  } else if (startDetached(sendOn, sender) < 0) {
    busy = sender->next;
    free(sender);
    return nullptr;
  }
  return sender;
}

bool enqueue(int socket, Datagram* datagram) {
  Sender* const sender = senderTo(socket);
  if (sender == nullptr) return employ(socket, datagram) != nullptr;
  Datagram** last = &sender->first;
  while (*last != nullptr) last = &(*last)->next;
  *last = datagram;
  return true;
}

/**
 * (fd, bytes) -> 0 or -errno, before the kernel has taken them. Those of one socket are sent in their order. The socket stays
 * open until then, also when fd is closed.
 */
Napi::Value sendInBackground(const Napi::CallbackInfo& info) {
  const int socket = integer(info, 0);
  const auto bytes = info[1].As<Napi::Uint8Array>();
  auto* const datagram = static_cast<Datagram*>(malloc(sizeof(Datagram) + bytes.ByteLength()));
  errno = ENOMEM;
  if (datagram == nullptr) return result(info, -1);
  datagram->next = nullptr;
  datagram->fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (datagram->fd < 0) {
    free(datagram);
    return result(info, -1);
  }
  datagram->length = bytes.ByteLength();
  memcpy(datagram->bytes, bytes.Data(), bytes.ByteLength());
  pthread_mutex_lock(&lock);
  const bool isTaken = enqueue(socket, datagram);
  const int failure = errno;
  pthread_mutex_unlock(&lock);
  if (!isTaken) discard(datagram);
  errno = failure;
  return result(info, isTaken ? 0 : -1);
}

/** (fd, microseconds) -> 1 when something can be received by then, else 0, or -errno. */
Napi::Value waitReadable(const Napi::CallbackInfo& info) {
  pollfd asked{integer(info, 0), POLLIN, 0};
  const int microseconds = integer(info, 1);
  const timespec time{microseconds / 1000000, microseconds % 1000000 * 1000L};
  const int ready = ppoll(&asked, 1, &time, nullptr);
  return result(info, ready < 0 && errno == EINTR ? 0 : ready);
}

}  // namespace

void exportBackground(Napi::Env env, Napi::Object exports) {
  exports["sendInBackground"] = Napi::Function::New(env, sendInBackground);
  exports["waitReadable"] = Napi::Function::New(env, waitReadable);
}

}  // namespace tsnet
