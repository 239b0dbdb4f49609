// What a mode has to know how to do. The four modes are values of this shape; attach, detach and check call them.
import type { Namespace } from '../netns/namespace.ts';
import type { Endpoint } from '../state/endpoint.ts';
import type { Attachment } from './attachment.ts';
import type { Host } from './host.ts';
import type { AttachRequest } from './request.ts';

/** What of an endpoint is under way before it is on record. */
export interface Begun<C> {
  /** As `connect` of the driver. */
  connect(claimed: C): Attachment;
  /** Takes it back, when it has not been connected. */
  takeBack(): void;
}

/** How a mode is done: R is what it is asked for, C what an endpoint of it holds for itself alone. */
export interface Driver<R extends AttachRequest, C = undefined> {
  /** Whether the sandbox must be, or must not be, the host's own namespace; `any` is not even opened. */
  readonly sandbox: 'own' | 'foreign' | 'any';
  /** What to record of the endpoint before anything is done. */
  describe(host: Host, request: R, namespace: Namespace): Partial<Endpoint>;
  /** Has the kernel begin, before the endpoint is recorded, with what it takes long for and can be taken back by its name. */
  begin?(host: Host, endpoint: Endpoint, request: R, namespace: Namespace): Begun<C> | undefined;
  /** Claims what only one endpoint can have; runs in the transaction that records the endpoint. */
  claim(host: Host, endpoint: Endpoint, request: R): C;
  /** Does the kernel's part. */
  connect(host: Host, endpoint: Endpoint, request: R, namespace: Namespace, claimed: C): Attachment;
  /** Takes the kernel's part back, whatever of it is there. */
  disconnect(host: Host, endpoint: Endpoint): void;
  /** What is missing or wrong, in words. */
  inspect(host: Host, endpoint: Endpoint, attachment: Attachment, namespace: Namespace): string[];
}
