// Where the executable carries the prepared tables; when running from sources there are none.
let embedded: string | undefined;

/** Tells where; called by firewall/embedded.ts alone. */
export function setEmbeddedTables(path: string): void {
  embedded = path;
}

/** The file, if there is one. */
export function embeddedTables(): string | undefined {
  return embedded;
}
