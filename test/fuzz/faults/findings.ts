/** What is said while faults are tried, and what was found wrong. */
const findings: string[] = [];

export const say = (text: string) => process.stdout.write(`${text}\n`);

export function check(fine: boolean, what: string): void {
  if (!fine) findings.push(what);
}

/** Says what was found; gives the exit code. */
export function summedUp(): number {
  say(`${findings.length} findings`);
  for (const each of findings) say(`  ✗ ${each}`);
  return findings.length === 0 ? 0 : 1;
}

/** `old 3, new 4`: how often each of some words was seen. */
export function tally() {
  const seen: Record<string, number> = {};
  return {
    add: (word: string) => {
      seen[word] = (seen[word] ?? 0) + 1;
    },
    text: () =>
      Object.entries(seen)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([word, count]) => `${word} ${count}`)
        .join(', '),
  };
}
