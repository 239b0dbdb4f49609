// Numbers of sock_diag, in the kernel's spelling (linux/sock_diag.h, linux/inet_diag.h; the states of a socket are those of
// the kernel's net/tcp_states.h, which libc has in netinet/tcp.h). A test holds them against the installed headers.

export const SOCK_DIAG = { BY_FAMILY: 20 } as const;

/** States of a socket; one of UDP that is connected to nobody is closed. */
export const TCP = { CLOSE: 7, LISTEN: 10 } as const;

/** Attributes of an answer. */
export const INET_DIAG = { SKV6ONLY: 11 } as const;
