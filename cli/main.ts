export function runCommandLine(_args: string[]): Promise<number> {
  return Promise.resolve(0);
}
