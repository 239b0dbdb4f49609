// Gets a page and prints it, or why it could not.
try {
  const response = await fetch(process.argv[2], { signal: AbortSignal.timeout(3000) });
  process.stdout.write(await response.text());
} catch (error) {
  console.log(`no answer: ${error.cause?.code ?? error.name}`);
}
