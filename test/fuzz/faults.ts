import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Contents,
  contentsIn,
  type Fault,
  freshFolder,
  rewriteInto,
  stateOf,
} from '../helpers/faults.ts';

/*
 * `npm run faults`: a rewrite over files of another one that is killed at each thing that it does to the disk and at
 * random moments, whose calls fail, two at a time, onto disks that are full or may only be read. Ends with 1 where old
 * files were harmed, half a file lay under a final name, or the next run did not put things right.
 * `npm run faults -- random 50` for one part, `calls`, `random`, `failures`, `together` or `disks`.
 */

const [only, many = '200'] = process.argv.slice(2);
const RANDOM_KILLS = Number(many);
const CODES = ['ENOSPC', 'EIO', 'EACCES'];

const root = mkdtempSync(join(tmpdir(), 'onnx-margin-faults-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
const findings: string[] = [];
const say = (text: string) => process.stdout.write(`${text}\n`);
const check = (fine: boolean, what: string) => {
  if (!fine) findings.push(what);
};

/** A folder to work in and what two heads leave there; the paths are in the reports, so each has its own. */
async function place(name: string) {
  const [work, old] = [join(root, name), join(root, `${name}-old`)];
  freshFolder(work, null);
  await rewriteInto(work, 'cosface');
  cpSync(join(work, 'out'), old, { recursive: true });
  const start = performance.now();
  const { err } = await rewriteInto(work, 'arcface', { what: 'count', at: 0 });
  const seconds = (performance.now() - start) / 1000;
  const [before, after] = [contentsIn(old), contentsIn(join(work, 'out'))];
  const number = (word: string) => Number(new RegExp(`${word} (\\d+)`).exec(err)?.[1]);
  return { work, old, before, after, seconds, calls: number('calls'), others: number('others') };
}

type Place = Awaited<ReturnType<typeof place>>;

const look = ({ work, before, after }: Place) => stateOf(join(work, 'out'), before, after);

async function fault(at: Place, what: Fault) {
  freshFolder(at.work, at.old);
  return { ...(await rewriteInto(at.work, 'arcface', what)), ...look(at) };
}

/** Kills at each call, or at random moments; the next run must find its way, also one that is not to overwrite. */
async function kills(at: Place, list: readonly Fault[]): Promise<void> {
  const seen: Record<string, number> = {};
  let left = 0;
  for (const each of list) {
    const ran = await fault(at, each);
    const state = ran.signal === 'SIGKILL' ? ran.files : 'done before';
    seen[state] = (seen[state] ?? 0) + 1;
    check(ran.odd.length === 0, `${JSON.stringify(each)}: half or foreign files ${ran.odd}`);
    if (ran.files === 'mixed') {
      await rewriteInto(at.work, 'arcface', undefined, []);
      check(look(at).files === 'old', `${JSON.stringify(each)}: not taken back`);
    }
    if (ran.left.length === 0) continue;
    left++;
    const { code } = await rewriteInto(at.work, 'arcface');
    const then = look(at);
    const fine = code === 0 && then.files === 'new' && then.left.length === 0;
    check(fine, `${JSON.stringify(each)}: the next run ended with ${code}, ${JSON.stringify(then)}`);
  }
  const states = Object.entries(seen).map(([state, count]) => `${state} ${count}`);
  say(
    `  ${list.length} kills: files then ${states.join(', ')}; ${left} left temporary files, which the next run removed`,
  );
}

async function failures(at: Place): Promise<void> {
  const codes: Record<string, number> = {};
  for (const what of CODES) {
    for (let call = 1; call <= at.others; call++) {
      const { code, err, files, left, odd } = await fault(at, { what, at: call });
      codes[String(code)] = (codes[String(code)] ?? 0) + 1;
      const said = code === 0 || /nothing was written, and what was there is as it was/.test(err);
      const fine = files === (code === 0 ? 'new' : 'old') && left.length === 0 && odd.length === 0 && said;
      check(fine, `${what} at ${call}: exit ${code}, ${files}, left ${left}, ${err}`);
    }
  }
  const ends = Object.entries(codes).map(([code, count]) => `exit ${code} ${count}`);
  say(`  ${CODES.length * at.others} failing calls: ${ends.join(', ')}`);
}

async function together(at: Place, rounds: number): Promise<void> {
  const won = { old: 0, new: 0, mixed: 0 };
  for (let round = 0; round < rounds; round++) {
    const pair = await Promise.all([rewriteInto(at.work, 'cosface'), rewriteInto(at.work, 'arcface')]);
    const { files, left } = look(at);
    won[files]++;
    check(
      files !== 'mixed' && left.length === 0 && pair.every(({ code }) => code === 0),
      `two at once: ${files}`,
    );
  }
  say(
    `  ${rounds} times two at once: ${won.old} end with the one, ${won.new} with the other, ${won.mixed} mixed`,
  );
}

/** A disk of its own in the place of `out`; root only. */
async function onDisk(at: Place, options: string, what: string): Promise<void> {
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
    const before: Contents = contentsIn(out);
    const { code, err } = await rewriteInto(at.work, 'subcenter-arcface');
    const { files, left } = stateOf(out, before, {});
    check(
      code === 5 && files === 'old' && left.length === 0,
      `${what}: exit ${code}, ${files}, ${left}, ${err}`,
    );
    say(`  ${what}: exit ${code}, ${err.split('\n')[0]?.replace(root, '…')}`);
  } finally {
    execFileSync('umount', [out]);
  }
}

/** Kills at random moments, as long as a rewrite takes. */
const atRandom = (count: number, { seconds }: Place) =>
  Array.from({ length: count }, (): Fault => ({ what: 'kill', after: Math.random() * seconds * 1000 }));

const PARTS: Readonly<Record<string, (at: Place) => Promise<void>>> = {
  calls: (at) =>
    kills(
      at,
      Array.from({ length: at.calls }, (_, i): Fault => ({ what: 'kill', at: i + 1 })),
    ),
  random: (at) => kills(at, atRandom(RANDOM_KILLS, at)),
  failures,
  together: (at) => together(at, 20),
  async disks(at) {
    await onDisk(at, '', 'a disk that is full');
    await onDisk(at, 'ro', 'a disk that may only be read');
  },
};

for (const [name, part] of Object.entries(PARTS).filter(([name]) => only === undefined || name === only)) {
  const at = await place(name);
  say(`${name}: a rewrite makes ${at.calls} changes to the disk`);
  await part(at);
}
say(`${findings.length} findings`);
for (const each of findings) say(`  ✗ ${each}`);
process.exitCode = findings.length === 0 ? 0 : 1;
