import { MarginError } from '../errors.ts';
import { additiveAngle, computedMargin, PAST_PI } from './angular.ts';
import { addedAngle } from './arcface.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import type { ValuesOf } from './parameters.ts';

const angle = { min: 0, below: Math.PI / 2 };

const parameters = {
  scale: scale(80),
  classCounts: {
    kind: 'vector',
    letter: 'n',
    default: [],
    element: 'integer',
    range: { min: 0 },
    help: 'how many samples each class has: the margins follow, the largest for the rarest class',
  },
  classMargins: {
    kind: 'vector',
    letter: 'm_j',
    default: [],
    element: 'number',
    range: angle,
    help: 'the margin of each class itself, in radians, in the place of counts',
  },
  minMargin: {
    kind: 'number',
    default: 0.05,
    range: angle,
    help: 'margin of the class with the most samples, in radians',
  },
  maxMargin: {
    kind: 'number',
    default: 0.5,
    range: angle,
    help: 'margin of the class with the fewest samples, and of all where none is rarer than another',
  },
  power: {
    kind: 'number',
    letter: 'λ',
    default: 0.25,
    range: { above: 0, max: 4 },
    help: 'how fast the margin falls with the number of samples n: as n^−λ',
  },
  pastPi: {
    kind: 'choice',
    default: 'hard',
    choices: PAST_PI,
    help: 'where θ_y + m_y passes π: hard cos θ_y − m_y·sin m_y, shift cos θ_y − 1 + cos m_y, reflect −2 − cos(θ_y + m_y), clip −1',
  },
} as const;

/**
 * m_j between the least and the largest margin as t_j = n_j^−λ lies between the least and the largest t. A class without
 * samples counts as having one. Where all classes have as many, or nothing is known of them, all get the largest: that
 * is ArcFace.
 */
function marginsOf(values: ValuesOf<typeof parameters>, classes: number): readonly number[] {
  const { classCounts, classMargins, minMargin, maxMargin, power } = values;
  if (classCounts.length > 0 && classMargins.length > 0) throw bothGiven();
  if (classMargins.length > 0) return classMargins;
  const t = classCounts.map((n) => Math.max(n, 1) ** -power);
  const [least, largest] = [t.reduce((a, b) => Math.min(a, b), 1), t.reduce((a, b) => Math.max(a, b), 0)];
  if (least >= largest) return new Array<number>(classes).fill(maxMargin);
  return t.map((each) => minMargin + ((each - least) / (largest - least)) * (maxMargin - minMargin));
}

function bothGiven(): MarginError {
  return new MarginError({
    code: 'BAD_PARAM',
    message: 'Margins are given, and counts to make margins of.',
    saw: '--class-counts and --class-margins',
    expected: 'one of them',
    tryThis: ['leave --class-counts out', 'leave --class-margins out'],
  });
}

/** z_y = s·cos(θ_y + m_y), z_j = s·cos θ_j: ArcFace with a margin for each class, larger where samples are few. */
export const dynamicArcface = defineHead({
  name: 'dynamic-arcface',
  title: 'additive angular margin, a larger one for rarer classes',
  aliases: { 'adaptive-margin-arcface': {} },
  formula:
    'z_y = s·cos(θ_y + m_y),  z_j = s·cos θ_j,  m_j from the least to the largest margin as n_j^−λ does',
  source: {
    title: 'Google landmark recognition 2020 competition third place solution',
    year: 2020,
    arxiv: '2010.05350',
  },
  parameters,
  radius: ({ scale: s }) => s,
  takes: (values, { classes }) => ({
    class_margins: {
      kind: 'perClass',
      values: marginsOf(values, classes),
      help: 'the margin of each class, in radians',
    },
  }),
  psi: (c, { pastPi }, { take, ofTarget }) =>
    additiveAngle(c, computedMargin(ofTarget(take('class_margins')), Math.PI / 2), pastPi),
  reference: ({ theta, label, taken }, { scale: s, pastPi }) => {
    const margins = taken['class_margins'];
    const m = Array.isArray(margins) ? (margins[label] ?? 0) : Number.NaN;
    return theta.map((t, j) => s * (j === label ? addedAngle(t, m, pastPi) : Math.cos(t)));
  },
});
