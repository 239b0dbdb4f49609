// Name resolution as CNI describes it, in a configuration and in a result (CNI spec 1.1.0, sections 1 and 5).

import { goObject, optional } from './go-json.ts';
import { text, texts } from './reader.ts';

/** The `dns` key: all of it optional, unknown keys kept. */
export const dnsReader = goObject({
  nameservers: optional(texts),
  domain: optional(text),
  search: optional(texts),
  options: optional(texts),
});

/** Name resolution: servers by address, the local domain, domains to search, resolver options. */
export interface Dns {
  nameservers?: string[] | undefined;
  domain?: string | undefined;
  search?: string[] | undefined;
  options?: string[] | undefined;
}

/** `dns` with its keys in the order of the specification and without those that are empty. */
export function encodeDns({ nameservers, domain, search, options }: Dns): object {
  return {
    ...(nameservers?.length ? { nameservers } : {}),
    ...(domain ? { domain } : {}),
    ...(search?.length ? { search } : {}),
    ...(options?.length ? { options } : {}),
  };
}
