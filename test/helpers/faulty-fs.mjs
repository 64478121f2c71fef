import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/*
 * Preloaded into a process that is to fail: counts what it does to the disk, and at the call of that number kills it
 * (FAULT=kill) or has the call fail with that code (FAULT=ENOSPC); what removes something does not fail, and does not
 * count then. With FAULT_AT=folders no folder can be removed. Each call counts before it is made. With FAULT=count both numbers of calls are told on stderr at the end,
 * and what they were at the last rename, which is where things are put into place.
 */

const { FAULT: fault, FAULT_AT: at = '0' } = process.env;
// Not for processes that this one starts.
delete process.env.FAULT;
delete process.env.FAULT_AT;

const REMOVALS = ['unlinkSync', 'rmSync', 'rmdirSync'];
let [calls, removals] = [0, 0];
let moved = '';

/** What is to happen at this call: an error for it, or nothing. */
function due(name, ofFolder = false) {
  calls++;
  if (REMOVALS.includes(name)) removals++;
  if (name === 'renameSync') moved = `moved ${calls} ${calls - removals}`;
  const isAt =
    fault === 'kill' ? calls === Number(at) : !REMOVALS.includes(name) && calls - removals === Number(at);
  if (!isAt && !(ofFolder && at === 'folders')) return null;
  if (fault === 'kill') process.kill(process.pid, 'SIGKILL');
  return fault === undefined || fault === 'count'
    ? null
    : Object.assign(new Error(`${fault}: made to fail, ${name}`), { code: fault });
}

for (const name of [
  'writeSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
  'fsyncSync',
]) {
  const real = fs[name];
  fs[name] = (...args) => {
    // What is said on the standard streams is no file.
    const error =
      name === 'writeSync' && args[0] <= 2 ? null : due(name, name === 'rmSync' && args[1]?.recursive);
    if (error !== null) throw error;
    return real(...args);
  };
}

const { fsync, openSync } = fs;
fs.fsync = (fd, done) => {
  const error = due('fsync');
  if (error === null) fsync(fd, done);
  else queueMicrotask(() => done(error));
};
fs.openSync = (path, flags, ...rest) => {
  const error = typeof flags === 'string' && /[wa]/.test(flags) ? due('openSync') : null;
  if (error !== null) throw error;
  return openSync(path, flags, ...rest);
};

syncBuiltinESMExports();
if (fault === 'count')
  process.on('exit', () => process.stderr.write(`calls ${calls} ${calls - removals} ${moved}\n`));
