import type { Svg } from './chart.ts';
import { degreesOf, gainOf, psiOf } from './curves.ts';
import type { Drawn } from './drawn.ts';
import { lineChart, type Size } from './line-chart.ts';
import { gainRange } from './ranges.ts';
import type { Theme } from './theme.ts';

/** Two pixels a point and more: a jump still looks like one. */
const PER_DEGREE = 1;

const namesOf = (heads: readonly Drawn[]) => heads.map(({ name }) => name).join(', ');

/** ψ(θ) of each head: what the target's logit becomes. */
export function curveChart(heads: readonly Drawn[], size: Size, theme: Theme): Svg {
  const degrees = degreesOf(PER_DEGREE);
  return lineChart(
    {
      title: `Target logit over the angle: ${namesOf(heads)}`,
      description:
        'ψ(θ), the logit of the target class in units of the scale, for angles of 0° to 180° between embedding and class row. The thin line is cos θ, a head without margin.',
      label: 'ψ(θ), in units of the scale',
      lines: heads.map((head) => psiOf(head, degrees)),
      plain: degrees.map((each) => ({ degrees: each, value: Math.cos((each * Math.PI) / 180) })),
      range: null,
    },
    size,
    theme,
  );
}

/** dψ/dcos θ of each head: by how much its gradient is that of a plain cosine. */
export function gainChart(heads: readonly Drawn[], size: Size, theme: Theme): Svg {
  const degrees = degreesOf(PER_DEGREE);
  const lines = heads.map((head) => gainOf(head, degrees));
  return lineChart(
    {
      title: `Gradient gain over the angle: ${namesOf(heads)}`,
      description:
        'dψ/dcos θ, how many times the gradient of a plain cosine reaches the embedding, for angles of 0° to 180°. The thin line is 1, a head without margin.',
      label: 'dψ/dcos θ',
      lines,
      plain: degrees.map((each) => ({ degrees: each, value: 1 })),
      range: gainRange(lines),
    },
    size,
    theme,
  );
}
