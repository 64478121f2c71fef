/** Waits for words among all that is said; nobody waits for one who has ended. */
export function listening() {
  const waiting = new Map<string, () => void>();
  let [all, ended] = ['', false];
  const settle = () => {
    for (const [words, resolve] of waiting) {
      if (!ended && !all.includes(words)) continue;
      waiting.delete(words);
      resolve();
    }
  };
  return {
    tell(said: string) {
      all = said;
      settle();
    },
    end() {
      ended = true;
      settle();
    },
    until: (words: string) =>
      new Promise<void>((resolve) => {
        waiting.set(words, resolve);
        settle();
      }),
  };
}
