// Names that people give to networks and sandboxes.

/** Tells whether a text is a name: up to 63 letters, digits, "_", "." and "-", a letter or digit first. */
export function isName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/.test(text);
}
