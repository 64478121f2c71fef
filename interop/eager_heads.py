"""Some heads in eager PyTorch, by the angles of the papers, written without a look at what onnx-margin emits."""

import math

import torch


def angles(x, w):
    """Angles [N, C·K] between rows, and their cosines."""
    cos = torch.nn.functional.normalize(x) @ torch.nn.functional.normalize(w).T
    return torch.acos(cos.clamp(-1, 1)), cos


def on_target(values, labels, target):
    """`values` [N, C] with `target` [N] in the columns of the labels."""
    return values.scatter(1, labels[:, None], target[:, None])


def of_target(values, labels):
    return values.gather(1, labels[:, None])[:, 0]


def softmax(x, w, labels, p):
    return x @ w.T + p["bias"]


def normface(x, w, labels, p):
    return p["scale"] * angles(x, w)[1]


def cosface(x, w, labels, p):
    _, cos = angles(x, w)
    return p["scale"] * on_target(cos, labels, p["eased"](of_target(cos, labels) - p["margin"], of_target(cos, labels)))


def arcface_like(x, w, labels, p, cosines):
    theta, cos = cosines
    own, c = of_target(theta, labels), of_target(cos, labels)
    m = p["margin"]
    psi = torch.where(own + m < math.pi, torch.cos(own + m), c - m * math.sin(m))
    return p["scale"] * on_target(cos, labels, p["eased"](psi, c))


def arcface(x, w, labels, p):
    return arcface_like(x, w, labels, p, angles(x, w))


def subcenter_arcface(x, w, labels, p):
    cos = angles(x, w)[1].reshape(len(x), -1, p["centres"]).amax(dim=2)
    return arcface_like(x, w, labels, p, (torch.acos(cos.clamp(-1, 1)), cos))


def combined(x, w, labels, p):
    theta, cos = angles(x, w)
    own, c = of_target(theta, labels), of_target(cos, labels)
    psi = torch.cos(p["m1"] * own + p["m2"]) - p["m3"]
    return p["scale"] * on_target(cos, labels, p["eased"](psi, c))


def sphereface(x, w, labels, p):
    theta, cos = angles(x, w)
    own, c = of_target(theta, labels), of_target(cos, labels)
    k = torch.floor(p["margin"] * own / math.pi)
    folded = torch.where(k % 2 == 0, 1.0, -1.0) * torch.cos(p["margin"] * own) - 2 * k
    psi = (p["lambda"] * c + folded) / (1 + p["lambda"])
    return x.norm(dim=1, keepdim=True) * on_target(cos, labels, p["eased"](psi, c))


def circle(x, w, labels, p):
    _, cos = angles(x, w)
    c, m = of_target(cos, labels), p["margin"]
    positive = (1 + m - c).clamp(min=0).detach() * (c - 1 + m)
    negative = (cos + m).clamp(min=0).detach() * (cos - m)
    return p["gamma"] * on_target(p["eased"](negative, cos), labels, p["eased"](positive, c))


def curricularface(x, w, labels, p):
    theta, cos = angles(x, w)
    own, c = of_target(theta, labels), of_target(cos, labels)
    with torch.no_grad():
        p["t"] = p["alpha"] * c.mean() + (1 - p["alpha"]) * p["t"]
        hard = cos > torch.cos(own + p["margin"])[:, None]
    m = p["margin"]
    psi = torch.where(own + m < math.pi, torch.cos(own + m), c - m * math.sin(m))
    others = torch.where(hard, cos * (p["t"] + cos), cos)
    return p["scale"] * on_target(p["eased"](others, cos), labels, p["eased"](psi, c))


def li_arcface(x, w, labels, p):
    theta, cos = angles(x, w)
    own, c = of_target(theta, labels), of_target(cos, labels)
    others = (math.pi - 2 * theta) / math.pi
    psi = (math.pi - 2 * (own + p["margin"])) / math.pi
    return p["scale"] * on_target(p["eased"](others, cos), labels, p["eased"](psi, c))


HEADS = {
    "softmax": softmax,
    "normface": normface,
    "cosface": cosface,
    "arcface": arcface,
    "subcenter-arcface": subcenter_arcface,
    "combined": combined,
    "sphereface": sphereface,
    "circle": circle,
    "curricularface": curricularface,
    "li-arcface": li_arcface,
}


def loss_of(head, x, w, labels, parameters):
    """Cross-entropy of a head's logits. A state of the head is a parameter, and is changed."""
    straight = parameters.get("gradient") == "straight-through"
    parameters["eased"] = lambda psi, c: c + (psi - c).detach() if straight else psi
    return torch.nn.functional.cross_entropy(HEADS[head](x, w, labels, parameters), labels)
