// Mode none: a sandbox with loopback and nothing else.
import { deleteEndpoint } from '../state/endpoint.ts';
import type { Driver } from './driver.ts';
import { inspectLoopback, raiseLoopback } from './loopback-interface.ts';
import type { NoneRequest } from './request.ts';

export const noneDriver: Driver<NoneRequest> = {
  sandbox: 'foreign',
  describe: () => ({}),
  claim: () => undefined,
  connect: (_host, _endpoint, _request, namespace) => raiseLoopback(namespace),
  disconnect: (host, endpoint) => host.db.transaction(() => deleteEndpoint(host.db, endpoint.id)),
  inspect: (_host, _endpoint, _attachment, namespace) => inspectLoopback(namespace),
};
