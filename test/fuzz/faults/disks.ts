import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { contentsIn, freshFolder, stateOf } from '../../helpers/faults.ts';
import { check, say } from './findings.ts';
import { type Place, ROOT } from './place.ts';

/** A disk of its own in the place of `out`; root only. */
export async function onDisk(at: Place, options: string, what: string): Promise<void> {
  freshFolder(at.work, null);
  const out = join(at.work, 'out');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', out], { stdio: 'ignore' });
  } catch {
    say(`  ${what}: not tried, nothing can be mounted here`);
    return;
  }
  try {
    cpSync(join(at.old, 'digits-sklearn.report.json'), join(out, 'digits-sklearn.report.json'));
    if (options !== '') execFileSync('mount', ['-o', `remount,${options}`, out], { stdio: 'ignore' });
    const before = contentsIn(out);
    const { code, err } = await at.run('newer');
    const { files, left } = stateOf(out, before, {});
    check(
      code === 5 && files === 'old' && left.length === 0,
      `${what}: exit ${code}, ${files}, ${left}, ${err}`,
    );
    say(`  ${what}: exit ${code}, ${err.split('\n')[0]?.replace(ROOT, '…')}`);
  } finally {
    execFileSync('umount', [out]);
  }
}
