/*
 * Whose operators a graph may have. What each reader knows was read from its own registry and run; what is written in
 * the place of an operator that it lacks is in `instead.ts`.
 */

/** Who trains a training graph. */
export const TARGETS = ['onnxruntime', 'pytorch', 'ort-training'] as const;
export type Target = (typeof TARGETS)[number];

/** What a reader of graphs can do. */
export interface Vocabulary {
  /** What it is called, with the version that this was seen of. */
  readonly reader: string;
  /** The opsets of the default domain that it takes, the first and the last. */
  readonly opsets: readonly [first: number, last: number];
  /** The newest IR version that it takes. */
  readonly ir: number;
  /** Whether it knows an operator of the default domain as that opset has it. */
  readonly has: (opType: string, opset: number) => boolean;
  /**
   * Whether it differentiates the graph. Then gradients that must not pass are stopped in the graph itself, and no slope
   * in it is infinite.
   */
  readonly differentiates: boolean;
  /**
   * Whether it makes modules of its own of all nodes. Then it must know every one, and each that reads an initializer
   * gets a copy, so that what is trained must be read once.
   */
  readonly converts: boolean;
  /** Whether its gradient of `Where` has the shape of the result, so that what it chooses from must have it too. */
  readonly keepsShapes: boolean;
  /** Whether it makes every BatchNormalization one of training, by the batch. */
  readonly normalisesBatches: boolean;
  /** Whether it takes inputs with a default for constants, so that what changes from run to run may have none. */
  readonly fixesDefaults: boolean;
}

/** Operators by the first and the last opset at which they are known. */
type Known = readonly (readonly [first: number, last: number, opTypes: string])[];

function lookUp(known: Known): Vocabulary['has'] {
  const spans = new Map(
    known.flatMap(([first, last, opTypes]) => opTypes.split(' ').map((each) => [each, { first, last }])),
  );
  return (opType, opset) => {
    const span = spans.get(opType);
    return span !== undefined && span.first <= opset && opset <= span.last;
  };
}

const NEWEST = 26;

/**
 * The converters of onnx2torch 1.5.15. It asks for the very version of an operator that an opset has, so one is lost
 * where its definition changed next.
 */
const ONNX2TORCH: Known = [
  [7, 17, 'Pad ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd'],
  [7, 17, 'ReduceSumSquare Split'],
  [7, 18, 'AveragePool Equal Identity Reshape Shape'],
  [7, 20, 'Transpose Unsqueeze'],
  [7, 21, 'Acos Asin Atan Conv ConvTranspose Cos Elu GlobalAveragePool HardSigmoid InstanceNormalization'],
  [7, 21, 'Selu Sin Softplus Softsign Tan'],
  [7, 22, 'Squeeze'],
  [7, 23, 'TopK'],
  [7, NEWEST, 'Abs Add And Ceil Clip Concat Div Exp Floor Gather Greater LRN LeakyRelu Less Log LogSoftmax'],
  [7, NEWEST, 'MatMul Mul Neg Not Or PRelu Pow Reciprocal ReduceSum Relu Sigmoid Softmax Sqrt Sub Tanh Tile'],
  [7, NEWEST, 'Xor'],
  [8, 21, 'MaxPool'],
  [8, NEWEST, 'Expand Max Mean Min Sum'],
  [9, 18, 'Cast Constant'],
  [9, 19, 'ConstantOfShape'],
  [9, 20, 'Flatten'],
  [9, 21, 'EyeLike'],
  [9, NEWEST, 'BatchNormalization Erf Gemm Sign Where'],
  [10, 17, 'Resize'],
  [10, 19, 'IsInf'],
  [10, 21, 'Dropout RoiAlign'],
  [10, NEWEST, 'Mod NonMaxSuppression Slice'],
  [11, 17, 'ScatterND'],
  [11, 21, 'Round'],
  [11, NEWEST, 'ArgMax ArgMin CumSum DepthToSpace GatherElements GatherND Range'],
  [12, 15, 'GreaterOrEqual LessOrEqual'],
  [12, NEWEST, 'Celu Einsum'],
  [13, 19, 'IsNaN'],
  [13, NEWEST, 'NonZero'],
  [14, 21, 'HardSwish'],
  [17, NEWEST, 'LayerNormalization'],
];

/** Operators for which onnxruntime-training 1.19.2 has a gradient, and behind which it looks for none. */
const ORT_GRADIENTS: Known = [
  [11, 21, 'Abs Add AveragePool Cast Clip Concat Conv ConvTranspose Cos Div Dropout Erf Exp Expand Flatten'],
  [
    11,
    21,
    'Gather GatherElements GatherND Gelu Gemm GlobalAveragePool Identity LayerNormalization LeakyRelu',
  ],
  [11, 21, 'Log LogSoftmax MatMul Max MaxPool Min Mul Neg Pad Pow Reciprocal ReduceL2 ReduceLogSumExp'],
  [11, 21, 'ReduceMean ReduceSum Relu Reshape ScatterElements ScatterND Sigmoid Sin Slice Softmax'],
  [11, 21, 'SoftmaxCrossEntropyLoss Split Sqrt Squeeze Sub Tanh Tile TopK Transpose Unsqueeze Where'],
  [11, 21, 'And Equal Greater GreaterOrEqual Less LessOrEqual Not Or Shape'],
];

export const VOCABULARIES: Readonly<Record<Target, Vocabulary>> = {
  onnxruntime: {
    reader: 'ONNX Runtime',
    opsets: [7, NEWEST],
    ir: Number.POSITIVE_INFINITY,
    has: () => true,
    differentiates: false,
    converts: false,
    keepsShapes: false,
    normalisesBatches: false,
    fixesDefaults: false,
  },
  pytorch: {
    reader: 'onnx2torch 1.5.15',
    opsets: [9, 18],
    ir: Number.POSITIVE_INFINITY,
    has: lookUp(ONNX2TORCH),
    differentiates: true,
    converts: true,
    keepsShapes: false,
    normalisesBatches: false,
    fixesDefaults: true,
  },
  'ort-training': {
    reader: 'onnxruntime-training 1.19.2',
    // Before opset 11 its gradient of Max compares floats by an Equal that takes none.
    opsets: [11, 21],
    ir: 10,
    has: lookUp(ORT_GRADIENTS),
    differentiates: true,
    converts: false,
    keepsShapes: true,
    normalisesBatches: true,
    fixesDefaults: true,
  },
};
