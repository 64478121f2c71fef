import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { writeAll } from '../model/write-all.ts';

/** One of the two ways out: what is written, and whether colour may be used on it. */
export interface Sink {
  write(text: string): void;
  readonly colour: boolean;
  /** Whether a line can be written over: a terminal. */
  readonly live?: boolean;
  /** Why a text could not be written, after which no more are; null where all were. */
  readonly lost?: () => Error | null;
}

/** Where a command speaks: `out` is the answer, `err` is talk, progress and errors. */
export interface Io {
  readonly out: Sink;
  readonly err: Sink;
}

/** The streams of this process. Colours follow the terminal, `NO_COLOR` and `FORCE_COLOR`, as `util.styleText` reads them. */
export function processIo(): Io {
  return { out: sinkOf(process.stdout), err: sinkOf(process.stderr) };
}

type Stream = Writable & { readonly fd?: number; readonly isTTY?: boolean };

function sinkOf(stream: Stream): Sink {
  // A reader that has seen enough (`| head`) closes the pipe: no fault of ours, and nobody left to tell.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  const { fd } = stream;
  // What leads to a program or a terminal is a socket to Node; else it is a file or a device.
  const isFile = fd !== undefined && !(stream instanceof Socket);
  const put = isFile ? toFile(fd) : (text: string) => void stream.write(text);
  let lost: Error | null = null;
  return {
    write(text) {
      if (lost !== null) return;
      try {
        put(text);
      } catch (error) {
        lost = error as Error;
      }
    },
    lost: () => lost,
    live: stream.isTTY === true,
    colour: styleText('dim', '.', { stream, validateStream: true }) !== '.',
  };
}

/** Not by the stream, which lets the rest go where a disk takes a part of a text alone. */
function toFile(fd: number): (text: string) => void {
  const encoder = new TextEncoder();
  return (text) => writeAll(fd, encoder.encode(text));
}

/** Writes one JSON object. */
export function writeJson(sink: Sink, value: object): void {
  sink.write(jsonText(value));
}

/**
 * An object as JSON: numbers that JSON has no word for as text (`"NaN"`), and whatever a terminal could take for a
 * command escaped.
 */
export function jsonText(value: object): string {
  const text = JSON.stringify(
    value,
    (_, each) => (Number.isNaN(each) || Math.abs(each) === Infinity ? String(each) : each),
    2,
  );
  return `${text.replace(UNPRINTABLE, unicodeEscape)}\n`;
}

/** A text from elsewhere (a model's names, a path), with whatever a terminal could take for a command made visible. */
export function printable(text: string): string {
  return text.replace(/[\n\t\r]/g, (c) => WHITE[c] ?? c).replace(UNPRINTABLE, unicodeEscape);
}

// Control characters except newline, which is JSON's own here; what does not show, turns the writing direction or ends a
// line; halves of characters that are none.
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;
const WHITE: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };

function unicodeEscape(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    const unit = character.charCodeAt(i).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
