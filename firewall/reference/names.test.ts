import { expect, test } from 'vitest';
import { chainOf, interfaceHash, networkHash } from './names.ts';

test("chains have the names that the reference's own have", () => {
  // As containernetworking-plugins 1.1.1 names them for container c1 of network net.
  expect(chainOf('net', 'c1', 'CNI-')).toBe('CNI-623e1c388032b20529218ecc');
  expect(chainOf('net', 'c1', 'CNI-DN-')).toBe('CNI-DN-623e1c388032b20529218');
});

test('hashes of comments are those of network, and of interface and container', () => {
  expect(interfaceHash('net', 'c1', 'eth0')).toMatch(/^[0-9a-f]{16}-[0-9a-f]{16}$/);
  expect(interfaceHash('net', 'c1', 'eth0').startsWith(`${networkHash('net')}-`)).toBe(true);
  expect(interfaceHash('net', 'c1', 'eth1')).not.toBe(interfaceHash('net', 'c1', 'eth0'));
});
