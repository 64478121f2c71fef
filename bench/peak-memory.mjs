import { writeFileSync } from 'node:fs';

/** Preloaded into a process that is measured: leaves its peak resident memory, in KiB, where it is told to. */
const file = process.env.PEAK_MEMORY_FILE;
if (file !== undefined) {
  delete process.env.PEAK_MEMORY_FILE; // not for processes that this one starts
  process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
}
