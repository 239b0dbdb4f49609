// Sends frames as they are, as whoever has CAP_NET_RAW can.
//
// usage: frames <interface>
// stdin: a frame per line, in hexadecimal digits, from the destination's link-layer address on
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: frames <interface>\n");
    return 2;
  }
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0 || to.sll_ifindex == 0) {
    perror(argv[1]);
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::vector<unsigned char> frame;
    for (size_t at = 0; at + 1 < line.size(); at += 2)
      frame.push_back(static_cast<unsigned char>(strtoul(line.substr(at, 2).c_str(), nullptr, 16)));
    const auto* address = reinterpret_cast<const sockaddr*>(&to);
    if (sendto(fd, frame.data(), frame.size(), 0, address, sizeof to) < 0) {
      perror("sendto");
      return 1;
    }
  }
}
