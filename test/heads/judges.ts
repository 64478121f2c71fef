import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import type { Field } from '../helpers/authors-table.ts';

/** One variant of a head, and whose figures judge it. */
export interface Judgement {
  readonly head: string;
  readonly values: Values;
  /** The head and parameters under which the figures are filed. */
  readonly filed: {
    readonly head: string;
    readonly params: Readonly<Record<string, number | string | boolean>>;
  };
  /** Implementations that compute this variant, by parts of their names. */
  readonly judges: readonly string[];
  /** Cases in which they do, where not in all. */
  readonly cases?: readonly string[];
  /** Bound on the error relative to the largest magnitude, where an original has an epsilon of its own. */
  readonly within?: number;
  /** Why it is wider, for the table in docs/heads.md. */
  readonly because?: string;
  /** What of the figures is the same thing as ours. Left out: all. */
  readonly only?: readonly Field[];
}

const EXACT_COSFACE = [
  'KevinMusgrave/pytorch-metric-learning',
  'MuggleWang/CosFace_pytorch',
  'Tencent/TFace',
  'JDAI-CV/FaceX-Zoo',
  'JDAI-CV/fast-reid',
  'wenet-e2e/wespeaker',
  'modelscope/3D-Speaker',
  'CosFace~vpl',
  'CosFace~arcface_torch',
  'ZhaoJ9014/face.evoLVe:CosFace',
  'FC(AM)~easy_margin=False',
  'fdbtrs/ElasticFace',
  'ydwen/opensphere',
  'speechbrain/speechbrain',
  'clovaai/voxceleb_trainer',
  'wujiyang/Face_Pytorch',
  'ronghuaiyang/arcface-pytorch',
];

const ARCFACE = { s: 64, m: 0.5 };
const MILD_ARCFACE = { s: 16, m: 0.3 };

const arcface = (params: { s: number; m: number }, extra: Values, judges: readonly string[]): Judgement => ({
  head: 'arcface',
  values: { scale: params.s, margin: params.m, ...extra },
  filed: { head: 'arcface', params },
  judges,
});

const HARD = [
  'ronghuaiyang/arcface-pytorch:ArcMarginProduct~hard',
  'TFace:ArcFace~hard',
  'face.evoLVe:ArcFace~hard',
  'pytorch-metric-learning:ArcFaceLoss',
  'ArcFaceClsHead~hard@arcface',
  'CurricularFace:ArcFace~hard',
  'voxceleb_trainer:LossFunction~hard',
  'InsightFace_Pytorch:Arcface',
];
const EASY = [
  'ronghuaiyang/arcface-pytorch:ArcMarginProduct~easy',
  'TFace:ArcFace~easy',
  'wespeaker:ArcMarginProduct~easy',
];
const UNCHANGED = [
  'insightface:ArcFace~vpl',
  'UNPG:ArcFace',
  'FC(Arc)~easy_margin=False',
  'fast-reid:ArcSoftmax',
  'ElasticFace:ArcFace',
];

/** A preset at the parameters that figures were taken with. */
const preset = (
  [head, name]: readonly [string, string],
  params: { s: number; m: number },
  judges: readonly string[],
  more: Partial<Judgement> = {},
): Judgement => ({
  head,
  values: { ...findHead(head).head.presets[name], scale: params.s, margin: params.m },
  filed: { head: head === 'cosface' ? 'am-softmax' : head, params },
  judges,
  ...more,
});

const sphereface2 = (params: { alpha: number; r: number; m: number }): Judgement => ({
  head: 'sphereface2',
  values: { scale: params.r, margin: params.m, alpha: params.alpha },
  filed: { head: 'sphereface2', params: { ...params, t: 3, lw: 50 } },
  judges: ['ydwen/opensphere'],
});

const uniface = (variant: string): Judgement => ({
  head: 'uniface',
  values: { variant, ...findHead('uniface').head.presets['authors'] },
  filed: { head: `uniface-${variant}`, params: { s: 64, m: 0.4 } },
  judges: ['CVI-SZU/UniFace', 'CVI-SZU/UniTSFace', 'WakingHours-GitHub/EPL'],
});

const multiples = (
  ours: string,
  filed: string,
  judges: readonly string[],
  more: Partial<Judgement> = {},
): Judgement[] =>
  [
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [2, 5],
    [3, 5],
    [4, 5],
  ].map(([m = 1, lambda = 0]) => ({
    head: ours,
    values: { margin: m, lambda },
    filed: { head: filed, params: { m, lambda } },
    judges,
    ...more,
  }));

const ELASTIC = [
  { s: 64, std: 0.0125, plus: false },
  { s: 64, std: 0.05, plus: false },
  { s: 64, std: 0.0175, plus: true },
] as const;

const elastic = (base: 'arc' | 'cos', margin: number): Judgement[] =>
  ELASTIC.map(({ s, std, plus }) => ({
    head: `elasticface-${base}`,
    values: { scale: s, std, plus: plus ? 'authors' : 'off' },
    filed: { head: `elasticface-${base}`, params: { s, m: margin, std, plus } },
    judges: ['fdbtrs/ElasticFace'],
  }));

const spherefaceR = (extra: Pick<Judgement, 'cases' | 'within' | 'because'>): Judgement[] =>
  [
    { s: 30, m: 1.7 },
    { s: 64, m: 1.7 },
    { s: 30, m: 4 },
  ].map((params) => ({
    head: 'sphereface-r',
    values: { scale: params.s, margin: params.m },
    filed: { head: 'sphereface-r', params },
    judges: ['ydwen/opensphere:SphereFace'],
    ...extra,
  }));

const subcenter = (
  extra: Values,
  judges: readonly string[],
  more: Pick<Judgement, 'within' | 'because'> = {},
): Judgement => ({
  head: 'subcenter-arcface',
  values: extra,
  filed: { head: 'subcenter-arcface', params: { ...ARCFACE, K: 3 } },
  judges,
  ...more,
});

const mv = (mode: 'am' | 'arc', easyMargin: boolean, judges: readonly string[]): Judgement => {
  const margin = mode === 'am' ? 0.35 : 0.5;
  return {
    head: `mv-${mode}-softmax`,
    values: { easyMargin },
    filed: { head: `mv-${mode}-softmax`, params: { s: 32, m: margin, t: 0.2 } },
    judges: [
      `SV-X-Softmax:FC(MV-${mode === 'am' ? 'AM' : 'Arc'})~easy_margin=${easyMargin ? 'True' : 'False'}`,
      `cavaface:SVXSoftmax~easy_margin=${easyMargin ? 'True' : 'False'}`,
      ...judges,
    ],
  };
};

const curricularface = (alpha: number, judges: readonly string[]): Judgement => ({
  head: 'curricularface',
  values: { alpha },
  filed: { head: 'curricularface', params: { s: 64, m: 0.5, alpha } },
  judges,
});

const adaface = (tAlpha: number): Judgement[] => {
  const filed = { head: 'adaface', params: { s: 64, m: 0.4, h: 0.333, t_alpha: tAlpha } };
  return [
    // Case E has one sample, whose deviation the authors' code takes for NaN: see the head.
    { head: 'adaface', values: { tAlpha }, filed, judges: ['mk-minchul/AdaFace:AdaFace'], cases: ['A', 'C'] },
    // The author's later code holds neither cosines nor angles, which case A does not need, and detaches the margin.
    {
      head: 'adaface',
      values: { tAlpha, gradient: 'straight-through' },
      filed,
      judges: ['mk-minchul/CVLface:AdaFaceLoss'],
      cases: ['A'],
    },
  ];
};

const magface = (easyMargin: boolean, judges: readonly string[]): Judgement => ({
  head: 'magface',
  values: { easyMargin, lambdaG: 20 },
  filed: {
    head: 'magface',
    params: { s: 64, l_a: 10, u_a: 110, l_margin: 0.45, u_margin: 0.8, lambda_g: 20 },
  },
  judges,
});

export const JUDGEMENTS: readonly Judgement[] = [
  {
    head: 'softmax',
    values: {},
    filed: { head: 'softmax', params: {} },
    judges: ['ydwen/opensphere:SoftmaxLoss', 'wujiyang/Face_Pytorch:InnerProduct', 'mxnet@softmax'],
  },
  {
    head: 'normface',
    values: { scale: 30 },
    filed: { head: 'normface', params: { s: 30 } },
    judges: [
      'NormalizedSoftmaxLoss',
      'X2-Softmax:NORMFACE',
      'softmax_variants:COCOLoss',
      'opensphere:CocoLoss',
    ],
  },
  {
    head: 'am-softmax',
    values: {},
    filed: { head: 'am-softmax', params: { s: 30, m: 0.35 } },
    judges: EXACT_COSFACE,
  },
  {
    head: 'cosface',
    values: { margin: 0.4 },
    filed: { head: 'am-softmax', params: { s: 64, m: 0.4 } },
    judges: EXACT_COSFACE,
  },
  arcface(ARCFACE, {}, HARD),
  arcface(MILD_ARCFACE, { pastPi: 'hard' }, HARD),
  arcface(ARCFACE, { easyMargin: true }, EASY),
  arcface(ARCFACE, { pastPi: 'none' }, UNCHANGED),
  arcface(MILD_ARCFACE, { pastPi: 'none' }, UNCHANGED),
  arcface(ARCFACE, { pastPi: 'none', gradient: 'straight-through' }, ['insightface:ArcFace~arcface_torch']),
  arcface(ARCFACE, { pastPi: 'shift' }, ['wespeaker:ArcMarginProduct~hard', '3D-Speaker:ArcMarginLoss~hard']),
  // The symbol adds 1e-10 under its roots, which is worth up to 2e-8 in logits and 5e-6 in gradients near θ = 0 and π.
  ...[
    { s: 64, m1: 1, m2: 0.3, m3: 0.2 },
    { s: 64, m1: 0.9, m2: 0.4, m3: 0.15 },
  ].map((params) => ({
    head: 'combined',
    values: { scale: params.s, m1: params.m1, m2: params.m2, m3: params.m3 },
    filed: { head: 'combined', params },
    judges: ['insightface:get_symbol~mxnet@combined'],
    within: 1e-5,
    because: 'its norms have an epsilon of 1e-10 under the root',
  })),
  ...multiples('a-softmax', 'a-softmax', [
    'clcarwin/sphereface_pytorch:AngleLinear+AngleLoss',
    'pytorch-metric-learning:SphereFaceLoss',
    'ronghuaiyang/arcface-pytorch:SphereProduct',
    'wespeaker:SphereProduct',
    'face.evoLVe:SphereFace',
  ]),
  ...multiples('l-softmax', 'l-softmax', ['LargeMarginSoftmaxLoss', 'luoyetx/mx-lsoftmax']),
  // The authors' own code divides by ‖w‖‖x‖ + 1e-9, which is worth up to 3e-8 in its gradients.
  subcenter({}, [
    'SubCenterArcFaceLoss',
    'ArcFaceClsHead~hard@subcenter-arcface',
    'ArcFaceLossAdaptiveMargin',
  ]),
  subcenter({ pastPi: 'shift' }, ['intertopk_subcenter~do_lm(no inter-topk)']),
  // The symbol's 1e-10 under its roots, as with `combined`.
  subcenter({ pastPi: 'none' }, ['insightface:get_symbol_arcface~mxnet'], {
    within: 1e-5,
    because: 'its norms have an epsilon of 1e-10 under the root',
  }),
  // A margin for each class, all of them 0.5: ArcFace's originals judge it.
  {
    head: 'dynamic-arcface',
    values: { scale: 64, classMargins: [0.5] },
    filed: { head: 'arcface', params: ARCFACE },
    judges: HARD,
  },
  ...[256, 32].map((gamma) => ({
    head: 'circle',
    values: { gamma },
    filed: { head: 'circle', params: { m: 0.25, gamma } },
    judges: [
      'TinyZeaMays/CircleLoss',
      'fast-reid:CircleSoftmax',
      'face.evoLVe:CircleLoss',
      'FaceX-Zoo:CircleLoss',
    ],
  })),
  ...elastic('arc', 0.5),
  ...elastic('cos', 0.35),
  ...spherefaceR({ cases: ['A', 'E', 'G3', 'G4'] }),
  // The original holds cosines in ±(1 − 1e-5), which moves angles of 0 and π by 4.5e-3 and ψ by m·sin(mπ) times that.
  ...spherefaceR({
    cases: ['C', 'G1', 'G2'],
    within: 3e-3,
    because: 'it holds cosines in ±(1 − 1e-5), which moves angles of 0 and π by 4.5e-3',
  }),
  curricularface(0.01, [
    'HuangYG123/CurricularFace:CurricularFace',
    'face.evoLVe:CurricularFace',
    'cavaface:CurricularFace',
    'FaceX-Zoo:CurricularFace',
    'TFace:CurricularFace',
  ]),
  curricularface(0.1, ['TFace:CurricularFace']),
  mv('am', true, []),
  mv('am', false, []),
  mv('arc', true, ['FaceX-Zoo:MV_Softmax(arc)', 'face.evoLVe:MV_Softmax(arc)']),
  mv('arc', false, []),
  {
    head: 'adacos',
    values: {},
    filed: { head: 'adacos', params: {} },
    judges: [
      '4uiiurz1/pytorch-adacos:AdaCos~dynamic',
      'cavaface:AdaCos~dynamic',
      'face.evoLVe:AdaCos~dynamic',
      'FaceX-Zoo:AdaCos~dynamic',
    ],
  },
  {
    head: 'adacos',
    values: { mode: 'fixed' },
    filed: { head: 'adacos', params: {} },
    judges: ['4uiiurz1/pytorch-adacos:AdaCos~fixed'],
  },
  ...adaface(1),
  ...adaface(0.01),
  magface(true, ['IrvingMeng/MagFace:MagLinear+MagLoss~easy', 'UNPG:MagFace~easy']),
  magface(false, ['IrvingMeng/MagFace:MagLinear+MagLoss~hard']),
  ...multiples('l-softmax', 'l-softmax', ['wy1iu/LargeMargin_Softmax_Loss'], {
    within: 5e-8,
    because: 'it divides by ‖w‖‖x‖ + 1e-9',
  }),
  ...[ARCFACE, MILD_ARCFACE].map((params) =>
    preset(['arcface', 'insightface-torch'], params, [
      'insightface:ArcFace~arcface_torch',
      'CVLface:CombinedMarginLoss',
      'X2-Softmax:ArcFace',
    ]),
  ),
  // Its loss, but not its gradient, is held at −ln 1e-30.
  preset(
    ['arcface', 'insightface-torch'],
    ARCFACE,
    ['insightface:PartialFC_V2(CombinedMarginLoss)@arcface'],
    {
      only: ['logits', 'dX', 'dW'],
    },
  ),
  ...[ARCFACE, MILD_ARCFACE].map((params) =>
    preset(['arcface', 'insightface-mxnet'], params, ['insightface:get_symbol~mxnet@arcface'], {
      within: 1e-5,
      because: 'its norms have an epsilon of 1e-10 under the root',
    }),
  ),
  preset(['arcface', 'pytorch-metric-learning'], ARCFACE, ['pytorch-metric-learning:ArcFaceLoss']),
  preset(['arcface', 'wespeaker'], ARCFACE, ['wespeaker:ArcMarginProduct~hard']),
  preset(['arcface', 'speechbrain'], ARCFACE, ['AdditiveAngularMargin+LogSoftmaxWrapper~hard']),
  ...[ARCFACE, MILD_ARCFACE].map((params) =>
    preset(['arcface', 'opensphere'], params, ['ydwen/opensphere:ArcFace']),
  ),
  preset(['cosface', 'insightface-torch'], { s: 64, m: 0.4 }, ['insightface:CosFace~arcface_torch']),
  sphereface2({ alpha: 0.7, r: 40, m: 0.4 }),
  sphereface2({ alpha: 0.8, r: 64, m: 0.5 }),
  {
    head: 'sphereface2',
    values: { ...findHead('sphereface2').head.presets['wespeaker'] },
    filed: {
      head: 'sphereface2-wespeaker',
      params: { s: 32, m: 0.2, lanbuda: 0.7, t: 3, margin_type: 'C' },
    },
    judges: ['wenet-e2e/wespeaker', 'Hunterhuan/sphereface2_speaker_verification'],
    // Its logits are made for telling accuracy alone.
    only: ['loss', 'dX', 'dW'],
  },
  uniface('uce'),
  uniface('bce'),
  {
    head: 'x2-softmax',
    values: {},
    filed: { head: 'x2-softmax', params: { s: 64, a: -0.9, h: 0, k: 0.65 } },
    judges: ['XieZixiUSTC/X2-Softmax'],
  },
];
