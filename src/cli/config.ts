import { open } from 'node:fs/promises';
import { z } from 'zod';
import { MarginError } from '../errors.ts';
import { checkOptions, objectOf } from './check-options.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import type { Given, Options } from './option.ts';
import { REWRITE_OPTIONS, TRAINING } from './options.ts';

/** The options that a config file may hold. */
export const CONFIG_OPTIONS: Options = { ...REWRITE_OPTIONS, ...TRAINING, ...HEAD_PARAMETERS };

/** What a config file holds: the options of `rewrite` and `train` by their camel-cased names, and `$schema` for editors. */
export const CONFIG = objectOf(CONFIG_OPTIONS)
  .extend({ $schema: z.string().optional().describe('where the schema of this file is, for editors') })
  .describe(
    'Options of `onnx-margin rewrite` and `train`. Flags come before it; paths start at the folder it is run in.',
  );

/** The options in a config file. @throws MarginError BAD_USAGE or BAD_PARAM */
export async function readConfig(path: string): Promise<Given> {
  const { $schema, ...options } = await readObject(path);
  return checkOptions(CONFIG_OPTIONS, options, {
    spell: (name, value) => (value === undefined ? `"${name}"` : `"${name}": ${JSON.stringify(value)}`),
    help: 'onnx-margin rewrite --help',
  });
}

async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  const refused = (saw: string, cause?: unknown) =>
    new MarginError({
      code: 'BAD_USAGE',
      message: `The config file ${path} cannot be read.`,
      saw,
      expected: 'a JSON object such as { "head": "arcface", "margin": 0.4 }',
      cause,
    });
  const fail = (error: unknown): never => {
    throw refused(error instanceof Error ? error.message : String(error), error);
  };
  const text = await readText(path).catch(fail);
  const value = parsed(text, fail);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw refused(text.trim().slice(0, 40));
  return Object.fromEntries(Object.entries(value));
}

/** Bytes that no config needs more of. */
const MOST_BYTES = 1 << 20;

/** What a file or a pipe gives until it ends; a device may never do. */
async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let size = 0;
    for (let got = -1; got !== 0 && size < bytes.length; size += got)
      ({ bytesRead: got } = await file.read(bytes, size, bytes.length - size));
    if (size > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
    return bytes.toString('utf8', 0, size);
  } finally {
    await file.close();
  }
}

function parsed(text: string, fail: (error: unknown) => never): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail(error);
  }
}
