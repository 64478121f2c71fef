"""Gradients of the cases in `cases.ts` by PyTorch, in float64: writes `pytorch.json` beside this file.

Each case is written here once more, in PyTorch's own words. Inputs and what flows to the output are made by the formula of
`numbersOf`. Run with torch 2.15, then `npm run format`; the figures are kept to 9 digits.
"""
import json
import struct
from pathlib import Path

import torch
import torch.nn.functional as F

UP = 7


def numbers(dims, k, low=-2.0, high=2.0):
    count = 1
    for dim in dims:
        count *= dim
    values = [
        struct.unpack('f', struct.pack('f', low + ((high - low) * ((i * 37 + k * 101 + 11) % 199 + 0.3)) / 199))[0]
        for i in range(count)
    ]
    return torch.tensor(values, dtype=torch.float64).reshape(dims)


def truths(dims, k):
    count = 1
    for dim in dims:
        count *= dim
    return torch.tensor([((i * 37 + k * 101 + 11) % 199) % 2 for i in range(count)]).reshape(dims).bool()


def plus(*dims):
    return (dims, 0.4, 2.0)


CASES = {}


def case(name, f, **inputs):
    """Inputs are shapes, or shapes with a range."""
    CASES[name] = (f, inputs)


def one(name, f, dims=(2, 3, 4), low=-2.0, high=2.0):
    case(name, f, x=(dims, low, high))


one('Relu', F.relu)
one('LeakyRelu', lambda x: F.leaky_relu(x, 0.2))
one('LeakyRelu by default', lambda x: F.leaky_relu(x, 0.01))
one('Elu', lambda x: F.elu(x, 0.7))
one('Elu by default', F.elu)
one('Selu', F.selu)
one('Sigmoid', torch.sigmoid, low=-6.0, high=6.0)
one('HardSigmoid', lambda x: torch.clamp(0.25 * x + 0.45, 0, 1), low=-4.0, high=4.0)
one('HardSigmoid by default', lambda x: torch.clamp(0.2 * x + 0.5, 0, 1), low=-4.0, high=4.0)
one('HardSwish', F.hardswish, low=-5.0, high=5.0)
one('Tanh', torch.tanh)
one('Gelu', F.gelu)
one('Gelu by tanh', lambda x: F.gelu(x, approximate='tanh'))
one('Gelu written out', F.gelu)
one('Mish', F.mish)
one('Softplus', F.softplus, low=-6.0, high=6.0)
one('Softsign', F.softsign)
one('Erf', torch.erf)
one('Sqrt', torch.sqrt, low=0.3)
one('Exp', torch.exp)
one('Log', torch.log, low=0.3)
one('Neg', torch.neg)
one('Abs', torch.abs)
one('Reciprocal', torch.reciprocal, low=0.3)
one('Identity', lambda x: x * 1)
one('Dropout', lambda x: F.dropout(x, training=False) * 1)
one('Cast', lambda x: x * 1)
one('Clip', lambda x: torch.clamp(x, -0.5, 1.25))
one('Clip from below', lambda x: torch.clamp(x, min=-0.5))
one('Pow squares', lambda x: x**2, (2, 3))
one('Pow of a fraction', lambda x: x**1.5, (2, 3), 0.4, 2.0)
case('PRelu', lambda x, slope: torch.where(x > 0, x, slope * x), x=(2, 3, 4), slope=((3, 1), 0.1, 0.4))
case('Where', torch.where, condition=truths((2, 1, 4), 0), a=(3, 4), b=(2, 3, 1))

for name, f in {'Add': torch.add, 'Sub': torch.sub, 'Mul': torch.mul, 'Div': torch.div}.items():
    case(f'{name} of equal shapes', f, a=(2, 3), b=plus(2, 3))
    case(f'{name} with a row', f, a=(2, 4, 3), b=plus(3))
    case(f'{name} with a column', f, a=(3, 1), b=plus(2, 3, 4))
    case(f'{name} with a number', f, a=(2, 3), b=plus())
    case(f'{name} of two that stretch', f, a=(2, 1, 4), b=plus(3, 1))

case('Gemm plain', lambda a, b, c: torch.addmm(c, a, b), a=(4, 3), b=(3, 5), c=(5,))
case('Gemm transA=1', lambda a, b, c: torch.addmm(c, a.T, b), a=(3, 4), b=(3, 5), c=(5,))
case('Gemm transB=1', lambda a, b, c: F.linear(a, b, c), a=(4, 3), b=(5, 3), c=(5,))
case(
    'Gemm transA=1, transB=1, alpha=0.5, beta=0.3',
    # The attributes are float32.
    lambda a, b, c: 0.5 * a.T @ b.T + float(torch.tensor(0.3, dtype=torch.float32)) * c,
    a=(3, 4),
    b=(5, 3),
    c=(5,),
)
case('Gemm with a column', lambda a, b, c: 2 * a @ b + c, a=(4, 3), b=(3, 5), c=(4, 1))
case('Gemm without a third', F.linear, a=(4, 3), b=(5, 3))
case('MatMul of matrices', torch.matmul, a=(4, 3), b=(3, 5))
case('MatMul of many with one', torch.matmul, a=(2, 4, 3), b=(3, 5))
case('MatMul of many with many', torch.matmul, a=(2, 4, 3), b=(2, 3, 5))
case('MatMul of one with many', torch.matmul, a=(4, 3), b=(2, 3, 5))
case('MatMul that stretches', torch.matmul, a=(2, 1, 2, 3), b=(1, 4, 3, 2))
case('MatMul with a vector', torch.matmul, a=(2, 4, 3), b=(3,))
case('MatMul of a vector', torch.matmul, a=(3,), b=(2, 3, 4))
case('MatMul of a vector and a matrix', torch.matmul, a=(3,), b=(3, 4))
case('MatMul of vectors', torch.matmul, a=(3,), b=(3,))
case('Sum', lambda a, b, c: a + b + c, a=(2, 3), b=(3,), c=(2, 1))

EPSILON = float(torch.tensor(0.001, dtype=torch.float32))
for dims in [(4, 3, 2, 2), (4, 3), (4, 3, 5)]:
    case(
        f'BatchNormalization of {len(dims)} axes',
        lambda x, scale, bias, mean, variance: F.batch_norm(
            x, mean.detach(), variance.detach(), scale, bias, eps=EPSILON
        ),
        x=dims,
        scale=plus(3),
        bias=(3,),
        mean=numbers((3,), 3),
        variance=numbers((3,), 4, 0.4, 2.0),
    )
for name in ['LayerNormalization', 'LayerNormalization written out']:
    case(
        name,
        lambda x, scale, bias: F.layer_norm(x, (4,), scale, bias, EPSILON),
        x=(2, 3, 4),
        scale=plus(4),
        bias=(4,),
    )
case(
    'LayerNormalization of two axes, without a bias',
    lambda x, scale: F.layer_norm(x, (3, 4), scale),
    x=(2, 3, 4),
    scale=plus(3, 4),
)
case(
    'InstanceNormalization',
    lambda x, scale, bias: F.instance_norm(x, weight=scale, bias=bias, eps=EPSILON),
    x=(2, 3, 2, 3),
    scale=plus(3),
    bias=(3,),
)
one('LpNormalization', lambda x: F.normalize(x, dim=-1), (3, 4))
one('LpNormalization in the middle', lambda x: F.normalize(x, dim=1), (3, 4, 2))
one('Softmax', lambda x: F.softmax(x, 1), (3, 4))
one('Softmax by default', lambda x: F.softmax(x, -1))
one('LogSoftmax', lambda x: F.log_softmax(x, 1), (3, 4))

for name, f in {
    'ReduceMean': torch.mean,
    'ReduceSum': torch.sum,
    'ReduceMax': torch.amax,
    'ReduceL2': torch.linalg.vector_norm,
    'ReduceSumSquare': lambda x, dim, keepdim: (x * x).sum(dim=dim, keepdim=keepdim),
}.items():
    one(f'{name} over one axis', lambda x, f=f: f(x, dim=(1,), keepdim=True))
    one(f'{name} over two, dropped', lambda x, f=f: f(x, dim=(1, 2), keepdim=False))
    one(f'{name} over all', lambda x, f=f: f(x, dim=(0, 1), keepdim=False), (2, 3))

for name, f in {
    'MaxPool': F.max_pool2d,
    # ONNX leaves the padding out of the mean unless told otherwise.
    'AveragePool': lambda *given, **named: F.avg_pool2d(*given, count_include_pad=False, **named),
}.items():
    one(f'{name} of tiles', lambda x, f=f: f(x, 2, 2), (2, 2, 4, 6))
    one(f'{name} that leaves an edge', lambda x, f=f: f(x, 2, 2), (2, 2, 5, 5))
    one(f'{name} that overlaps', lambda x, f=f: f(x, 3, 2, 1), (1, 2, 7, 6))
    one(f'{name} that rounds up', lambda x, f=f: f(x, 3, 2, ceil_mode=True), (1, 2, 6, 6))
low = -1e30
one('MaxPool of one axis', lambda x: F.max_pool1d(F.pad(x, (1, 0), value=low), 3, 2), (2, 2, 7))
one('MaxPool of the same size', lambda x: F.max_pool2d(F.pad(x, (1, 1, 0, 1), value=low), (2, 3), 1), (1, 2, 3, 4))
one('MaxPool with gaps', lambda x: F.max_pool2d(x, 2, 1, dilation=(2, 1)), (1, 2, 5, 4))


def mean_inside(x, padding, kernel, stride):
    """The mean of what a window sees of the image, of two axes."""
    ones = F.pad(torch.ones_like(x), padding)
    return F.avg_pool2d(F.pad(x, padding), kernel, stride) / F.avg_pool2d(ones, kernel, stride)


one('AveragePool of one axis', lambda x: mean_inside(x[:, :, None], (1, 0), (1, 3), (1, 2)), (2, 2, 7))
one('AveragePool of the same size', lambda x: mean_inside(x, (1, 1, 0, 1), (2, 3), 1), (1, 2, 3, 4))
one(
    'AveragePool that counts its padding',
    lambda x: F.avg_pool2d(F.pad(x, (1, 1, 1, 0)), (3, 2), (2, 1)),
    (1, 2, 5, 4),
)
one('AveragePool of the whole', lambda x: F.avg_pool2d(x, (3, 4)), (2, 2, 3, 4))
one('GlobalAveragePool', lambda x: x.mean((2, 3), keepdim=True), (2, 3, 2, 4))
one('GlobalMaxPool', lambda x: x.amax((2, 3), keepdim=True), (2, 3, 2, 4))


def conv(name, f, x, w, bias=True):
    case(f'Conv {name}', f, x=x, w=(w, -1.0, 1.0), **({'b': (w[0],)} if bias else {}))


conv('plain', F.conv2d, (2, 2, 5, 4), (3, 2, 3, 3))
conv('padded', lambda x, w, b: F.conv2d(x, w, b, padding=1), (2, 2, 4, 3), (3, 2, 3, 3))
conv('of points', F.conv2d, (2, 3, 2, 3), (4, 3, 1, 1))
conv('in steps', lambda x, w, b: F.conv2d(x, w, b, 2, 1), (1, 2, 6, 5), (2, 2, 3, 3))
conv('of points in steps', lambda x, w: F.conv2d(x, w, None, 2), (1, 2, 5, 4), (3, 2, 1, 1), False)
conv('with gaps', lambda x, w, b: F.conv2d(x, w, b, dilation=(2, 1)), (1, 2, 5, 5), (2, 2, 2, 3))
conv(
    'padded unevenly',
    lambda x, w, b: F.conv2d(F.pad(x, (2, 0, 0, 1)), w, b, (2, 1)),
    (1, 2, 5, 4),
    (2, 2, 2, 3),
)
conv(
    'of the same size',
    lambda x, w, b: F.conv2d(F.pad(x, (0, 0, 1, 1)), w, b, 2),
    (1, 2, 5, 6),
    (2, 2, 3, 2),
)
conv('of one axis', lambda x, w, b: F.conv1d(x, w, b, 2, 1), (2, 2, 6), (3, 2, 3))
conv('in groups', lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=2), (2, 4, 4, 3), (6, 2, 3, 3))
conv('by channel', lambda x, w, b: F.conv2d(x, w, b, 2, 1, groups=3), (2, 3, 5, 4), (3, 1, 3, 3))
conv('by channel, two each', lambda x, w: F.conv2d(x, w, groups=2), (1, 2, 4, 4), (4, 1, 2, 2), False)

one('Flatten', lambda x: x.flatten(0, 1))
one('Reshape', lambda x: x.reshape(-1, 6))
one('Squeeze', lambda x: x.squeeze(3).squeeze(1), (2, 1, 3, 1))
one('Unsqueeze', lambda x: x[None, :, None], (2, 3))
one('Transpose', lambda x: x.permute(1, 2, 0))
one('Transpose by default', lambda x: x.permute(2, 1, 0))
case('Concat', lambda a, b, c: torch.cat([a, b, c], 1), a=(2, 1, 3), b=(2, 4, 3), c=(2, 2, 3))
one('Split', lambda x: torch.cat([x[:, 4:], x[:, :1]], -1), (2, 6))
one('Slice', lambda x: x[:, 1:3], (2, 5))
one('Slice of the last, of an open size', lambda x: x[:, -1:], (2, 4, 3))
one('Slice of two axes', lambda x: x[:, 1:3, -3:-1], (2, 4, 5))
one('Slice in steps', lambda x: x[:, 1:6:2], (2, 6))
one('Gather of one', lambda x: x[:, 0], (2, 4, 3))
one('Gather of the last', lambda x: x[:, -1], (2, 4, 3))
one('Gather of several, one twice', lambda x: x[:, [2, 0, 2, 3]], (2, 4, 3))
one('Expand', lambda x: x.expand(2, 3, 4), (3, 1))

# Of equals in a window the first takes all: zeros as a Relu leaves them, and equal numbers.
TIES = [0, 0, 1, 1, 0, 0, 1, 2, 3, 3, 0, 0, 3, 3, 0, 0]
for name, f in {'': lambda x: F.max_pool2d(x, 2, 2), ' that overlap': lambda x: F.max_pool2d(x, 3, 1, 1)}.items():
    x = torch.tensor(TIES, dtype=torch.float64).reshape(1, 1, 4, 4).requires_grad_()
    case(f'MaxPool of equals{name}', f, x=x)


def made(given, k):
    if isinstance(given, torch.Tensor):
        return given
    dims, low, high = given if given and isinstance(given[0], tuple) else (given, -2.0, 2.0)
    return numbers(dims, k, low, high).requires_grad_()


def gradients(f, inputs):
    values = {name: made(given, k) for k, (name, given) in enumerate(inputs.items())}
    y = f(*values.values())
    (y * numbers(tuple(y.shape), UP, -1.0, 1.0)).sum().backward()
    return {
        name: [float(f'{v:.9g}') for v in value.grad.flatten().tolist()]
        for name, value in values.items()
        if value.requires_grad
    }


figures = {name: gradients(*each) for name, each in CASES.items()}
lines = ',\n'.join(f'  {json.dumps(name)}: {json.dumps(each)}' for name, each in figures.items())
text = f'{{\n  "torch": {json.dumps(torch.__version__.split("+")[0])},\n{lines}\n}}\n'
Path(__file__).with_name('pytorch.json').write_text(text)
