// What ss sends, held against what we would send for the same.
import { expect, it } from 'vitest';
import { TCP } from '../../netlink/diag/constants.ts';
import { listeningRequest } from '../../netlink/diag/socket.ts';
import { readBody, readCapture } from './capture.ts';

it('is what we ask for, but for sockets that are closed, which ss asks for at the same time', () => {
  const request = listeningRequest('tcp', 4);
  expect(readCapture('socket-diag').type).toBe(request.type);
  const { header, attributes } = readBody('socket-diag', request);
  expect(attributes).toEqual({});
  expect(header).toEqual({ ...request.body.header, states: (1 << TCP.LISTEN) | (1 << TCP.CLOSE) });
});
