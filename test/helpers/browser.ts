import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser that runs without a screen; null where there is none, and tests that need it then say so and skip. */
export const BROWSER: string | null = PLACES.find((path) => existsSync(path)) ?? null;

/** A page as a browser has understood it, written out again. */
export function domOf(browser: string, path: string): string {
  const profile = mkdtempSync(join(tmpdir(), 'onnx-margin-browser-'));
  try {
    const { stdout, stderr, status } = spawnSync(
      browser,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
        `--user-data-dir=${profile}`,
        '--dump-dom',
        `file://${encodeURI(path)}`,
      ],
      { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
