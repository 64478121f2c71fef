import { describe, expect, it } from 'vitest';
import { svgText } from '#draw/chart.js';
import { OF_PAGE } from '#draw/theme.js';
import { lossChart } from '#draw/training-charts.js';

/** The words that stand at the axes of a chart of these losses, epoch by epoch. */
function wordsAt(losses: readonly number[]): string[] {
  const points = losses.map((y, i) => ({ x: i + 1, y }));
  const caption = { title: 'Loss', description: 'of a test' };
  const svg = svgText(lossChart([{ series: 0, points }], { width: 320, height: 230 }, OF_PAGE, caption));
  return [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text = '']) => text);
}

describe('the axes of losses', () => {
  it.each<[readonly number[], readonly string[]]>([
    // Steps of the scale between which all losses lie; of many the powers of ten alone.
    [
      [0.39, 0.05, 0.004],
      ['0.01', '0.1', '1', '2', '3'],
    ],
    [
      [40, 39.5, 38.7],
      ['20', '50', '1', '2', '3'],
    ],
    [
      [2, 2],
      ['2', '5', '1', '2'],
    ],
    [
      [30, 1, 1e-5],
      ['1e-5', '1e-4', '0.001', '0.01', '0.1', '1', '10', '1', '2', '3'],
    ],
    // Losses of nothing are drawn at the least that is.
    [
      [1e-6, 0],
      ['1e-6', '2e-6', '1', '2'],
    ],
  ])('of %j', (losses, words) => {
    const found = wordsAt(losses).filter((word) => /^[\d.e-]+$/.test(word));
    expect(found.sort()).toEqual([...words].sort());
  });

  it('name whole epochs, each once', () => {
    const epochs = wordsAt(Array.from({ length: 30 }, (_, i) => 3 - i / 30)).filter((word) =>
      /^\d+$/.test(word),
    );
    expect(epochs).toEqual(expect.arrayContaining(['1', '6', '11', '16', '21', '26']));
  });
});
