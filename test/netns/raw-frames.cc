// Sends and takes raw frames at an interface, as whoever may open packet sockets in a container can.
//
// raw-frames send <interface>           stdin: a frame in hexadecimal on each line; they are sent in this order
// raw-frames take <interface> <last>    stdout: "ready", then each frame that comes in, as a line of hexadecimal, until one
//                                       holds the bytes <last>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

void require(bool isFine, const char* call) {
  if (isFine) return;
  perror(call);
  exit(1);
}

int openAt(const char* interface) {
  int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  require(fd >= 0, "socket");
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  require(address.sll_ifindex != 0, interface);
  require(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  return fd;
}

void sendAll(int fd) {
  for (std::string line; std::getline(std::cin, line);) {
    std::string frame;
    for (size_t at = 0; at + 1 < line.size(); at += 2)
      frame += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
    require(send(fd, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()), "send");
  }
}

void takeUntil(int fd, const std::string& last) {
  std::cout << "ready" << std::endl;
  for (bool isOver = false; !isOver;) {
    unsigned char frame[65536];
    sockaddr_ll from = {};
    socklen_t length = sizeof from;
    ssize_t count = recvfrom(fd, frame, sizeof frame, 0, reinterpret_cast<sockaddr*>(&from), &length);
    require(count >= 0, "recvfrom");
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    std::string text;
    for (ssize_t at = 0; at < count; at++) {
      char digits[3];
      snprintf(digits, sizeof digits, "%02x", frame[at]);
      text += digits;
    }
    std::cout << text << std::endl;
    isOver = text.find(last) != std::string::npos;
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string verb = count > 2 ? words[1] : "";
  if (verb == "send" && count == 3) {
    sendAll(openAt(words[2]));
  } else if (verb == "take" && count == 4) {
    takeUntil(openAt(words[2]), words[3]);
  } else {
    std::cerr << "usage: raw-frames send <interface> | take <interface> <last>" << std::endl;
    return 2;
  }
}
