// Connections and bytes between two namespaces, as fast as they go.
//
// usage: traffic greet <port>                        accepts connections and closes them, one after the other
//        traffic drain <port>                        accepts connections and reads them to their end
//        traffic connect <address> <port> <ms>       stdout: connections per second, each of them made, greeted and closed
//        traffic pour <address> <port> <ms>          stdout: bytes per second that were read at the other end
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

char buffer[256 * 1024];

void require(bool isFine, const char* call) {
  if (isFine) return;
  perror(call);
  exit(1);
}

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

sockaddr_in place(const char* address, const char* port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(atoi(port));
  require(inet_pton(AF_INET, address, &place.sin_addr) == 1, "address");
  return place;
}

void serve(const char* port, bool isDraining) {
  const sockaddr_in own = place("0.0.0.0", port);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  require(bind(listener, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0, "bind");
  require(listen(listener, 1024) == 0, "listen");
  for (;;) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) continue;
    while (isDraining && read(connection, buffer, sizeof buffer) > 0) continue;
    close(connection);
  }
}

int reach(const sockaddr_in& other) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Whoever starts may be earlier than whoever serves.
  int tries = 200;
  while (connect(connection, reinterpret_cast<const sockaddr*>(&other), sizeof other) != 0) {
    require(--tries > 0, "connect");
    usleep(10'000);
  }
  return connection;
}

double countConnections(const sockaddr_in& other, double seconds) {
  close(reach(other));
  const double begin = now();
  long count = 0;
  for (; now() - begin < seconds; count++) {
    const int connection = reach(other);
    // Ends with a reset, so that no port has to wait.
    const linger none{1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    require(read(connection, buffer, 1) == 0, "greeting");
    close(connection);
  }
  return count / (now() - begin);
}

double countBytes(const sockaddr_in& other, double seconds) {
  const int connection = reach(other);
  const double begin = now();
  double count = 0;
  while (now() - begin < seconds) {
    const ssize_t written = write(connection, buffer, sizeof buffer);
    require(written > 0, "write");
    count += written;
  }
  shutdown(connection, SHUT_WR);
  // The other end closes when it has read everything.
  require(read(connection, buffer, 1) == 0, "end");
  return count / (now() - begin);
}

}  // namespace

int main(int count, char** arguments) {
  signal(SIGPIPE, SIG_IGN);
  const std::string verb = count > 1 ? arguments[1] : "";
  if (count == 3 && (verb == "greet" || verb == "drain")) serve(arguments[2], verb == "drain");
  if (count != 5) return 2;
  const sockaddr_in other = place(arguments[2], arguments[3]);
  const double seconds = atof(arguments[4]) / 1000;
  printf("%.1f\n", verb == "connect" ? countConnections(other, seconds) : countBytes(other, seconds));
}
