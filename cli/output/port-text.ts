import type { PublishedPort } from '../../state/port.ts';

/** A published port as `docker ps` shows it: `0.0.0.0:8080->80/tcp`. */
export function portText({ hostIp, hostPort, containerPort, protocol }: PublishedPort): string {
  const address = hostIp.family === 4 ? hostIp.toString() : `[${hostIp.toString()}]`;
  return `${address}:${hostPort}->${containerPort}/${protocol}`;
}
