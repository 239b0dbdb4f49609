// The units that let systemd run the daemon: started by the first call, or at boot.
import { hardening } from './hardening.ts';

/** A file by its name and its text. */
export interface Unit {
  readonly name: string;
  readonly text: string;
}

const socket = `[Unit]
Description=tsnet, container networks: where its daemon is called

[Socket]
ListenSequentialPacket=/run/tsnet/tsnet.sock
SocketMode=0600
DirectoryMode=0700

[Install]
WantedBy=sockets.target
`;

const service = (executable: string): string => `[Unit]
Description=tsnet, container networks: the daemon
Requires=tsnet.socket
After=tsnet.socket

[Service]
Type=notify
NonBlocking=true
ExecStart=${executable} daemon
Restart=on-failure
${hardening.join('\n')}

[Install]
WantedBy=multi-user.target
Also=tsnet.socket
`;

/** The units of a daemon that is the file `executable`. systemd.socket(5), systemd.service(5). */
export function systemdUnits(executable: string): Unit[] {
  return [
    { name: 'tsnet.socket', text: socket },
    { name: 'tsnet.service', text: service(executable) },
  ];
}
