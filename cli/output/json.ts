/** A value as the JSON that a person reads: indented by four spaces, as Docker prints it. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 4)}\n`;
}
