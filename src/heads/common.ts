/** The scale s: the radius of the sphere the logits live on. */
export const scale = (value: number) =>
  ({
    kind: 'number',
    letter: 's',
    default: value,
    range: { above: 0 },
    help: 'scale: what every cosine is multiplied with',
  }) as const;

/** λ of L-Softmax and A-Softmax. */
export const lambda = (value: number) =>
  ({
    kind: 'number',
    letter: 'λ',
    default: value,
    range: { min: 0 },
    help: 'weight of the plain cosine in the target; an input of the training graph, so that a loop can lower it',
  }) as const;

/** m of an additive angular margin. */
export const angularMargin = (value: number) =>
  ({
    kind: 'number',
    letter: 'm',
    default: value,
    range: { min: 0, below: Math.PI / 2 },
    help: 'added to θ_y, in radians',
  }) as const;

/** The integer m that multiplies an angle. */
export const multiple = (value: number) =>
  ({
    kind: 'integer',
    letter: 'm',
    default: value,
    range: { min: 1, max: 8 },
    help: 'what the target angle is multiplied with',
  }) as const;

/** How the gradient passes through a margin; every head that has one takes it. */
export const gradient = {
  kind: 'choice',
  default: 'exact',
  choices: ['exact', 'straight-through'],
  help: 'exact, or straight-through: the margin counts in the value alone, the slope is that of the cosine (CGD)',
} as const;

/** The same, where the authors' own code passes straight through. */
export const straightThrough = { ...gradient, default: 'straight-through' } as const;

/** ε by which every cosine is kept away from ±1. */
export const clamp = {
  kind: 'number',
  letter: 'ε',
  default: 0,
  range: { min: 0, max: 0.1 },
  help: 'every cosine is held in ±(1 − ε) before the margin, with no exact slope outside',
} as const;

/** λ as an input of the training graph. */
export const lambdaInput = ({ lambda: initial }: { readonly lambda: number }) =>
  ({ lambda: { kind: 'setting', initial, help: 'weight of the plain cosine in the target' } }) as const;
