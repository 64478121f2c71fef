import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { pageOf } from '#cli/page/page.js';
import { REPORT, type Report } from '#cli/report.js';
import { HEADS } from '#heads/index.js';
import { BROWSER, domOf } from '../helpers/browser.ts';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';
import { npyBytes } from '../helpers/npy.ts';
import { runJson, runMain } from '../helpers/run-main.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

const digits = fixtureModel('digits-cnn');
const DATA = [
  '--data',
  fixture('data/digits-test-images.npy'),
  '--labels',
  fixture('data/digits-test-labels.npy'),
];

const rewriteTo = (folder: string, ...words: readonly string[]) =>
  runJson('rewrite', digits, '--head', 'arcface', '--provider', 'cpu', '--html', '-o', folder, ...words);

const pageIn = (folder: string) => join(folder, 'digits-cnn.report.html');
const reportIn = (folder: string) =>
  REPORT.parse(JSON.parse(readFileSync(join(folder, 'digits-cnn.report.json'), 'utf8')));

/** The page of a rewrite of the digits, and its report. */
async function made(...words: readonly string[]) {
  const folder = scratchFolder();
  const { code, json } = await rewriteTo(folder, ...words);
  expect(json.error).toBeUndefined();
  expect(code).toBe(0);
  return { folder, json, page: readFileSync(pageIn(folder), 'utf8'), report: reportIn(folder) };
}

function parsed(page: string) {
  const onError = (level: string, message: string) => {
    if (level !== 'warning') throw new Error(`${level}: ${message}`);
  };
  return new DOMParser({ onError }).parseFromString(page, 'text/html');
}

/** What a reader reads in a section, white space set aside. */
function sectionText(page: string, id: string): string {
  return parsed(page).getElementById(id)?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
}

const titlesIn = (page: string) =>
  [...parsed(page).getElementsByTagName('svg')].map((svg) => svg.getAttribute('aria-label'));

const SECTIONS = ['warnings', 'tail', 'head', 'data', 'numbers', 'provenance'];
const CHARTS = [
  'Target logit over the angle: arcface',
  'Gradient gain over the angle: arcface',
  'Decision boundaries of two classes: arcface',
  'Angles between embeddings and class rows, as they are',
  'The same angles as the training loss counts them',
  'Probability that the own class gets',
];

describe('the page of a report', () => {
  it('stands beside the report and has all its parts', async () => {
    const { folder, json, page, report } = await made(...DATA);
    expect(json.html).toBe(pageIn(folder));
    expect(contentsOf(folder)).toEqual([
      'digits-cnn.infer.onnx',
      'digits-cnn.report.html',
      'digits-cnn.report.json',
      'digits-cnn.train.onnx',
    ]);
    for (const id of SECTIONS) expect(sectionText(page, id), id).not.toBe('');
    expect(titlesIn(page)).toEqual(CHARTS);
    expect(sectionText(page, 'tail')).toMatch(/Gemm.*Softmax.*output.*Training graph.*loss, logits.*cosine/);
    expect(sectionText(page, 'tail')).toContain(report.tail.embedding);
    expect(sectionText(page, 'head')).toContain('scale 64, margin 0.5');
    expect(sectionText(page, 'data')).toMatch(/500 samples · top-1 99\.6 %/);
    expect(sectionText(page, 'warnings')).toContain(report.warnings[0]?.message);
    expect(sectionText(page, 'provenance')).toContain(report.source.sha256);
    const numbers = sectionText(page, 'numbers');
    expect(numbers).toContain(`all ${report.validation?.proof.nodes.total} nodes ran there`);
    for (const { name, output, worst } of report.validation?.checks ?? []) {
      expect(numbers).toContain(name);
      if (worst !== null && worst.abs !== 0 && worst.where.length > 0) {
        expect(numbers).toContain(`${output}[${worst.where.join(', ')}]`);
      }
    }
  });

  it('needs nothing besides itself, and runs nothing', async () => {
    const { page } = await made('--no-validate');
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\b(src|href|srcset|action)\s*=|url\(|@import/i);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('prefers-color-scheme: dark');
  });

  it('is a page to those who do not see it: charts have titles and descriptions, tables have heads', async () => {
    const { page } = await made(...DATA);
    const document = parsed(page);
    for (const svg of document.getElementsByTagName('svg')) {
      const [title, description] = [...svg.childNodes].slice(0, 2);
      expect(svg.getAttribute('role')).toBe('img');
      expect([title?.nodeName, description?.nodeName]).toEqual(['title', 'desc']);
      expect(description?.textContent?.length).toBeGreaterThan(20);
    }
    const heads = [...document.getElementsByTagName('th')];
    expect(heads.length).toBeGreaterThan(10);
    expect(heads.filter((th) => !['col', 'row'].includes(th.getAttribute('scope') ?? ''))).toEqual([]);
    expect(document.documentElement?.getAttribute('lang')).toBe('en');
  });

  it('without labels says so in the place of histograms', async () => {
    const { page } = await made();
    expect(titlesIn(page)).toEqual(CHARTS.slice(0, 3));
    expect(sectionText(page, 'data')).toContain('No labelled data was given');
  });

  it('knows numbers that were given in a file', async () => {
    const counts = join(scratchFolder(), 'counts.npy');
    writeFileSync(
      counts,
      npyBytes(
        Float32Array.from({ length: 10 }, (_, j) => 10 ** (j % 4)),
        [10],
      ),
    );
    const { page, report } = await made(
      '--no-validate',
      '--head',
      'dynamic-arcface',
      '--class-counts',
      counts,
    );
    expect(report.head.parameters['classCounts']).toEqual([1, 10, 100, 1000, 1, 10, 100, 1000, 1, 10]);
    expect(sectionText(page, 'head')).toContain('class-counts for each class');
  });

  it('shows the graph that was made, where it is one', async () => {
    const { page } = await made('--no-validate', '--only', 'infer');
    expect(sectionText(page, 'tail')).toContain('Inference graph');
    expect(sectionText(page, 'tail')).not.toContain('Training graph');
  });

  it('without a check says so', async () => {
    const { page } = await made('--no-validate');
    expect(page).toContain('not checked');
    expect(sectionText(page, 'numbers')).toContain('--no-validate');
    expect(page).not.toContain('numbers agree');
  });

  it('tells a disagreement, with its place', async () => {
    const { report } = await made();
    const { validation } = report;
    if (validation === null) throw new Error('nothing was checked');
    const worst = {
      abs: 'Infinity',
      rel: 'Infinity',
      allowed: 1e-3,
      where: [3, 1],
      got: 'NaN',
      expected: 7,
    } as const;
    const checks = validation.checks.map((check, i) =>
      i === 1 ? { ...check, ok: false, worst, leastTolerance: 'Infinity' as const } : check,
    );
    const page = pageOf({ ...report, validation: { ...validation, ok: false, checks } });
    expect(page).toContain(`✗ 1 of ${checks.length} checks disagree`);
    expect(sectionText(page, 'numbers')).toMatch(/train logits✗ disagreesInfinity∞logits\[3, 1\]NaN7/);
  });

  it('is the same for the same report', async () => {
    const { page, report } = await made(...DATA);
    expect(pageOf(report)).toBe(page);
  });

  it('is not written over one that is there', async () => {
    const folder = scratchFolder();
    writeFileSync(pageIn(folder), 'mine');
    const { code, json } = await rewriteTo(folder, '--no-validate');
    expect(code).toBe(5);
    expect(json.error.code).toBe('OUTPUT_EXISTS');
    expect(contentsOf(folder)).toEqual(['digits-cnn.report.html']);
    expect(readFileSync(pageIn(folder), 'utf8')).toBe('mine');
  });

  it('is not written where it is not asked for', async () => {
    const folder = scratchFolder();
    const { json } = await runJson('rewrite', digits, '--head', 'arcface', '--no-validate', '-o', folder);
    expect(json.html).toBeNull();
    expect(existsSync(pageIn(folder))).toBe(false);
  });

  it.each(HEADS.map(({ name }) => name))('of %s', async (head) => {
    const { page } = await made('--head', head, '--no-validate');
    expect(titlesIn(page)).toHaveLength(3);
  });
});

describe('what comes from a model', () => {
  const EVIL = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&amp;\u202e\u001b[2J`;

  /** Every text of a report that a model, a file name or a user decides, made evil. */
  function poisoned(report: Report): Report {
    const swap = (value: unknown): unknown => {
      if (typeof value === 'string') return EVIL;
      if (Array.isArray(value)) return value.map(swap);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, swap(each)]));
    };
    const evil = swap(report) as Report;
    // The graph and kind of a change are ours, and without them none would be shown.
    const changes = report.changes.map((change) => ({ ...change, name: EVIL, op: EVIL }));
    // A head is one of the registry, whoever asks.
    return { ...evil, head: report.head, changes };
  }

  it('is text, wherever it stands', async () => {
    const { report } = await made(...DATA);
    const page = pageOf(poisoned(report));
    expect(page).not.toMatch(/<script|<img|\u202e/);
    expect(page).not.toContain('\u001b');
    const document = parsed(page);
    const harmless = pageOf(report);
    const names = (of: ReturnType<typeof parsed>) =>
      new Set([...of.getElementsByTagName('*')].map((e) => e.nodeName));
    expect(names(document)).toEqual(names(parsed(harmless)));
    for (const id of ['tail', 'warnings', 'numbers', 'provenance']) {
      expect(sectionText(page, id), id).toContain('<script>alert(1)</script>');
    }
  });

  it('names what is fed, and not the constants that are inputs below IR 4', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'old.onnx');
    writeFileSync(path, gemmModel({ ir: 3 }));
    const words = ['rewrite', path, '--head', 'sphereface', '--no-validate', '--html', '-o', folder];
    expect((await runMain(...words)).code).toBe(0);
    const page = readFileSync(join(folder, 'old.report.html'), 'utf8');
    expect(sectionText(page, 'tail')).toContain('from labels, lambda');
    expect(sectionText(page, 'tail')).not.toContain('margin/const');
  });

  it('is text on the whole way from the file', async () => {
    const folder = scratchFolder();
    const path = join(folder, '<img src=x onerror=alert(1)>.onnx');
    writeFileSync(path, gemmModel({ layer: '<script>alert(1)</script>' }));
    const { code, err } = await runMain(
      ...['rewrite', path, '--head', 'arcface', '--no-validate', '--html', '-o', folder],
    );
    expect(code, err).toBe(0);
    const page = readFileSync(join(folder, '<img src=x onerror=alert(1)>.report.html'), 'utf8');
    expect(page).not.toMatch(/<script|<img/);
    expect(sectionText(page, 'tail')).toContain('<script>alert(1)</script>');
    expect(parsed(page).getElementsByTagName('h1')[0]?.textContent).toBe(
      'arcface in <img src=x onerror=alert(1)>.onnx',
    );
  });
});

describe('in a browser', () => {
  it('has its parts, and the same ones', async ({ skip }) => {
    if (BROWSER === null) return skip('there is no chromium to look at the page with');
    const { folder, page } = await made(...DATA);
    const dom = domOf(BROWSER, pageIn(folder));
    for (const id of SECTIONS) expect(dom).toContain(`<section id="${id}">`);
    for (const title of CHARTS) expect(dom).toContain(`aria-label="${title}"`);
    const count = (text: string, what: RegExp) => text.match(what)?.length;
    // What a browser moves or leaves out is not where it was written.
    for (const tag of [/<path /g, /<tr>/g, /<li /g, /<figure /g, /<svg /g]) {
      expect(count(dom, tag), String(tag)).toBe(count(page, tag));
    }
  });
});
