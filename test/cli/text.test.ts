import { describe, expect, it } from 'vitest';
import { jsonText } from '#cli/io.js';
import { bold, bytes, type Cell, table } from '#cli/text.js';
import { keepingSink } from '../helpers/run-main.ts';

function written(rows: readonly (readonly Cell[])[], options = {}, colour = false): string {
  const { sink, text } = keepingSink(colour);
  table(sink, rows, options);
  return text();
}

describe('tables', () => {
  it('align their columns, and end lines where the text ends', () => {
    expect(
      written([
        ['a', 'bb', 'c'],
        ['aaa', 'b', ''],
      ]),
    ).toBe('a    bb  c\naaa  b\n');
  });

  it('are as wide with colour as without', () => {
    const rows = [
      [bold('a'), 'b'],
      ['aaa', bold('b')],
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of.
    expect(written(rows, {}, true).replace(/\u001b\[\d+m/g, '')).toBe(written(rows));
  });

  it('break the last column at spaces', () => {
    const text = written([['name', 'word '.repeat(40).trim()]], { wrap: true, indent: '  ' });
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBe(3);
    expect(lines.every((line) => line.length <= 100)).toBe(true);
    expect(lines[1]).toMatch(/^ {8}word/);
  });

  it('count characters, not bytes', () => {
    expect(
      written([
        ['‖x‖', 'b'],
        ['abc', 'b'],
      ]),
    ).toBe('‖x‖  b\nabc  b\n');
  });

  it('show what a terminal would obey', () => {
    expect(written([['a\u001b[31m\nb\u202e']])).toBe('a\\u001b[31m\\nb\\u202e\n');
  });
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [97_800_000, '97.8 MB'],
  [999_999, '1.00 MB'],
  [2 ** 31, '2.15 GB'],
])('%d bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

describe('JSON', () => {
  it('has words for numbers that JSON has none for', () => {
    expect(JSON.parse(jsonText({ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: 1 }))).toEqual({
      a: 'NaN',
      b: '-Infinity',
      c: 1,
    });
  });

  it('escapes what a terminal would obey, and means the same', () => {
    const text = jsonText({ name: 'a\u009b\u202e\u001b' });
    expect(text).toContain('a\\u009b\\u202e\\u001b');
    expect(JSON.parse(text)).toEqual({ name: 'a\u009b\u202e\u001b' });
  });
});
