"""Calls of every operation of the formula language, in the ways in which programs write them.

They are Python that PyTorch runs as it stands. What is not listed is called with vectors.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from explorer.experiment.operations import ENTRIES, Operation

_dice = Random(5)


def _numbers(*shape: int) -> Any:
    if not shape:
        return round(_dice.uniform(0.15, 0.85), 4)
    return [_numbers(*shape[1:]) for _ in range(shape[0])]


# All between 0 and 1, where nearly everything is defined, and no two equal.
LEAVES: Mapping[str, Any] = {
    "a": _numbers(),
    "v": _numbers(3),
    "u": _numbers(3),
    "q": _numbers(4),
    "M": _numbers(2, 3),
    "N": _numbers(2, 3),
    "P": _numbers(3, 2),
    "S": _numbers(3, 3),
    "B": _numbers(2, 2, 3),
    "C": _numbers(2, 3, 2),
    "L": _numbers(1, 2, 6),
    "I": _numbers(1, 2, 5, 6),
}

# fmt: off
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "index": (
        "v[0]", "v[-1] * v[1:]", "M[1]", "M[1, 2]", "M[:, 1]", "M[..., 0]", "v[:, None]",
        "M[None]", "v[::2]", "B[0, :, 1:]", "v[v > 0.5]", "M[M > 0.5]", "v[[0, 2, 0]]",
        "M[[0, 1], [2, 0]]", "M[:, [2, 0]]", "M[:, (v > 0.4)]", "v[torch.argsort(u)]",
        "M[torch.tensor([1, 0, 1])]", "B[:, [0, 1], :]", "B[[0, 1], :, [1, 2]]", "M[:, :, None]",
        "M[torch.arange(2), M.argmax(dim=1)]", "v[None, :, None]", "(M * 2)[0][1]", "v[-2:]",
    ),
    "max": ("torch.max(M)", "M.max()"),
    "min": ("torch.min(M)", "M.min()"),
    "median": ("torch.median(M)", "v.median()"),
    "max_dim": (
        "torch.max(M, 1)[0]", "M.max(dim=0).values", "torch.max(M, dim=1, keepdim=True)[0]",
        "M.max(-1)[1].float() * v[:2]", "torch.max(M, 0).indices * v",
    ),
    "min_dim": ("torch.min(M, 1)[0]", "M.min(axis=0).values"),
    "median_dim": ("M.median(dim=1).values", "torch.median(M, 1)[0]"),
    "max_other": ("torch.max(v, u)", "v.max(u)", "torch.max(v, other=u)"),
    "min_other": ("torch.min(v, u)", "v.min(u)"),
    "topk": ("torch.topk(q, 2)[0]", "q.topk(k=2, largest=False).values", "M.topk(2, dim=1)[0]"),
    "sort": ("torch.sort(q)[0]", "M.sort(dim=1, descending=True).values", "torch.sort(M, 0)[0]"),
    "argsort": ("v[torch.argsort(v, descending=True)]",),
    "argmax": ("v[v.argmax()]", "M.argmax(dim=1).float() * a", "torch.argmax(M, 0, keepdim=True)"),
    "argmin": ("v[torch.argmin(v)]",),
    "cat": (
        "torch.cat([v, u])", "torch.cat((M, N), dim=1)", "torch.cat([M, N, M], 0)",
        "torch.concat([v, u])", "torch.cat([v[:1], u[1:]])",
    ),
    "stack": ("torch.stack([v, u])", "torch.stack((v, u, v), dim=1)", "torch.stack([a, a * 2])"),
    "hstack": ("torch.hstack([v, u])", "torch.hstack((M, N))"),
    "vstack": ("torch.vstack([v, u])", "torch.vstack((M, N))"),
    "split": ("q.split(2)[1]", "torch.split(M, [1, 2], dim=1)[1]", "torch.split(v, 2)[0]"),
    "chunk": ("torch.chunk(q, 2)[0]", "M.chunk(3, dim=1)[2]", "M.chunk(2, 0)[1]"),
    "unbind": ("torch.unbind(M)[0]", "M.unbind(dim=1)[2]"),
    "meshgrid": (
        'torch.meshgrid(v, q, indexing="ij")[0]', 'torch.meshgrid(v, q, indexing="xy")[1]',
    ),
    "gather": (
        "M.gather(1, M.argmax(dim=1, keepdim=True))", "torch.gather(M, 1, M.argsort(dim=1))",
        "M.gather(dim=1, index=torch.tensor([[0], [2]]))",
    ),
    "index_select": ("torch.index_select(M, 1, torch.tensor([2, 0]))",),
    "take_along_dim": ("torch.take_along_dim(M, M.argmax(1, True), dim=1)",),
    "masked_select": ("torch.masked_select(v, v > 0.7)", "M.masked_select(M > 0.5)"),
    "masked_fill": (
        "M.masked_fill(M > 0.5, 0.0)", "torch.masked_fill(v, u > 0.5, 2)",
        "v.masked_fill(u > 0.4, value=-1.5)", "M.masked_fill(M > 0.5, a)",
    ),
    "where": (
        "torch.where(v > u, v, u)", "torch.where(v > 0.5, 1.0, v)", "torch.where(M > a, M, 0)",
    ),
    "expand": ("a.expand(3)", "v.expand(2, 3)", "v.expand(2, -1)", "M[:, :1].expand(-1, 4)"),
    "expand_as": ("v.expand_as(M)",),
    "broadcast_to": ("torch.broadcast_to(v, (2, 3))",),
    "repeat": ("v.repeat(2)", "v.repeat(2, 1)", "M.repeat((1, 2))"),
    "tile": ("torch.tile(M, (2, 1))", "v.tile(2, 2)"),
    "repeat_interleave": ("torch.repeat_interleave(v, 2)", "M.repeat_interleave(2, dim=1)"),
    "view": ("M.view(3, 2)", "M.view(-1)", "M.view((6,))", "B.view(B.size(0), -1)"),
    "reshape": ("M.reshape(3, -1)", "torch.reshape(M, (6,))", "B.reshape(B.shape[0] * 2, 3)"),
    "view_as": ("M.view_as(P)",),
    "reshape_as": ("M.reshape_as(P)",),
    "permute": ("B.permute(2, 0, 1)", "torch.permute(B, (1, 2, 0))", "B.permute(dims=(0, 2, 1))"),
    "transpose": ("M.transpose(0, 1)", "torch.transpose(B, 1, 2)", "B.swapaxes(0, 2)"),
    "movedim": ("B.movedim(0, 2)", "torch.movedim(B, (0, 1), (1, 2))", "B.moveaxis(-1, 0)"),
    "T": ("M.T", "M.T @ M"),
    "mT": ("B.mT",),
    "t": ("M.t()",),
    "unsqueeze": ("v.unsqueeze(0)", "torch.unsqueeze(v, dim=-1)"),
    "squeeze": ("v[None].squeeze(0)", "torch.squeeze(v[:, None])"),
    "flatten": ("M.flatten()", "torch.flatten(B, 1)", "torch.flatten(B, start_dim=0, end_dim=1)"),
    "ravel": ("M.ravel()",),
    "unflatten": ("q.unflatten(0, (2, 2))",),
    "flip": ("M.flip(0)", "torch.flip(M, (0, 1))", "v.flip(dims=(0,))"),
    "fliplr": ("torch.fliplr(M)",),
    "flipud": ("torch.flipud(M)",),
    "roll": ("torch.roll(v, 1)", "M.roll(1, dims=1)", "torch.roll(M, shifts=(1, 1), dims=(0, 1))"),
    "rot90": ("torch.rot90(M)", "torch.rot90(M, 2, (0, 1))"),
    "tril": ("torch.tril(S)", "S.tril(diagonal=-1)"),
    "triu": ("torch.triu(S, 1)",),
    "diagonal": ("torch.diagonal(S)", "B.diagonal(dim1=1, dim2=2)", "M.diagonal(1)"),
    "diag": ("torch.diag(v)", "torch.diag(S)", "S.diag(1)"),
    "unfold": ("q.unfold(0, 2, 1)",),
    "select": ("M.select(1, 0)",),
    "narrow": ("M.narrow(1, 0, 2)",),
    "pad": ("F.pad(v, (1, 2))", 'F.pad(M, (1, 0, 0, 1), "constant", 2.0)', "F.pad(M, pad=(0, 1))"),
    "clamp": ("torch.clamp(v, 0.3, 0.6)", "v.clamp(min=0.4)", "v.clip(0, 1)"),
    "clamp_min": ("v.clamp_min(0.7)", "torch.clamp_min(v, min=0.5)"),
    "clamp_max": ("v.clamp_max(0.7)",),
    "scatter_add": (
        "torch.scatter_add(v, 0, torch.tensor([0, 1, 0]), u)",
        "v.scatter_add(0, torch.tensor([0, 0]), u[:2])",
    ),
    "index_add": ("v.index_add(0, torch.tensor([0, 1, 0]), u)",),
    "to": ("v.to(torch.float64)", "(v > 0.5).to(torch.float32) * u", "v.to(dtype=torch.float32)"),
    "float": ("v.float()", "(v > 0.5).float() * v"),
    "double": ("v.double()",),
    "int": ("(v * 5).int() * u",),
    "long": ("M[0, (u * 2).long()]", "(v * 9).long() * 2 * v"),
    "bool": ("v[(u > 0.3).bool()]",),
    "contiguous": ("M.t().contiguous()",),
    "bitwise_and": ("((v > 0.3) & (u < 0.9)) * v", "v[torch.bitwise_and(v > 0.3, u > 0.3)]"),
    "bitwise_or": ("((v > 0.5) | (u < 0.5)) * v",),
    "bitwise_xor": ("((v > 0.5) ^ (u < 0.5)) * v",),
    "bitwise_not": ("~(v > 0.5) * v", "v[~(v > 0.5)]"),
    "logical_and": ("torch.logical_and(v > 0.3, u > 0.3) * v",),
    "logical_or": ("(v > 0.5).logical_or(u > 0.5) * v",),
    "logical_xor": ("torch.logical_xor(v > 0.5, u > 0.5) * v",),
    "logical_not": ("torch.logical_not(v > 0.5) * v",),
    "isnan": ("torch.where(torch.isnan(v), 0.0, v)",),
    "isinf": ("v.isinf() * v",),
    "isfinite": ("v[torch.isfinite(v)]",),
    "isclose": ("torch.isclose(v, u, atol=0.5) * v",),
    "any": ("(M > 0.5).any(dim=1) * a", "torch.any(v > 0.5) * a"),
    "all": ("(M > 0.5).all(0) * v", "(v > 0.1).all() * a"),
    "count_nonzero": ("torch.count_nonzero(M > 0.5) * a", "M.count_nonzero(dim=1) * a"),
    "remainder": ("v % 0.3", "torch.remainder(v, u)", "v.remainder(0.2)", "(v * 7) % u"),
    "floor_divide": ("(v.detach() // 0.2) * v", "torch.floor_divide(v.detach(), u.detach()) + v"),
    "gt": ("(v > u) * v", "torch.gt(v, 0.5) * v", "v.greater(0.4).float() * u"),
    "lt": ("(v < u) * v", "(0.5 < v).float() * v"),
    "neg": ("-v", "torch.neg(v)", "v.negative()"),
    "add": ("v + u", "torch.add(v, u, alpha=2)", "v.add(2)", "3 + v"),
    "sub": ("v - u", "torch.sub(v, u, alpha=0.5)", "1 - v"),
    "mul": ("v * u", "2 * v", "v.multiply(u)"),
    "pow": ("v ** 2", "v ** u", "2 ** v", "torch.pow(v, 3)", "v.pow(0.5)"),
    "lerp": ("torch.lerp(v, u, 0.3)", "v.lerp(u, a)"),
    "gelu": ("F.gelu(v)", 'F.gelu(v, approximate="tanh")'),
    "threshold": ("F.threshold(v, 0.5, 20)",),
    "prelu": ("F.prelu(v - 0.5, a.reshape(1))", "torch.prelu(M - 0.5, v)"),
    "softmin": ("F.softmin(M, dim=1)",),
    "softmax": ("torch.softmax(M, 1)", "F.softmax(M, dim=0)", "v.softmax(-1)"),
    "log_softmax": ("F.log_softmax(M, dim=1)",),
    "glu": ("F.glu(q)", "F.glu(P, dim=1)"),
    "sum": ("M.sum()", "torch.sum(M, 1)", "M.sum(dim=(0, 1), keepdim=True)", "M.sum(axis=0)"),
    "mean": ("M.mean(0)", "torch.mean(M, dim=1, keepdim=True)"),
    "nansum": ("torch.nansum(M, dim=1)",),
    "nanmean": ("torch.nanmean(M, dim=1)",),
    "std": (
        "M.std(dim=1)", "torch.std(v, unbiased=False)", "M.std(1, False)", "v.std(correction=0)",
    ),
    "var": ("v.var()", "torch.var(M, dim=0, unbiased=False)", "M.var(dim=1, keepdim=True)"),
    "norm": ("v.norm()", "torch.norm(M, dim=1)", "torch.norm(v, p=1)", "M.norm(2, 1, True)"),
    "prod": ("v.prod()", "M.prod(1)"),
    "amax": ("M.amax(1)", "torch.amax(M, dim=(0, 1))"),
    "amin": ("M.amin(dim=0)",),
    "logsumexp": ("torch.logsumexp(M, 1)", "v.logsumexp(dim=0)"),
    "cumsum": ("torch.cumsum(M, dim=1)", "v.cumsum(0)"),
    "cumprod": ("v.cumprod(0)",),
    "logcumsumexp": ("torch.logcumsumexp(v, 0)",),
    "diff": ("torch.diff(v)", "M.diff(dim=0)", "torch.diff(q, n=2)"),
    "matmul": ("M @ v", "M @ P", "torch.matmul(v, u)", "B @ P", "B.matmul(C)"),
    "mm": ("torch.mm(M, P)",),
    "mv": ("M.mv(v)",),
    "bmm": ("torch.bmm(B, C)",),
    "inner": ("torch.inner(v, u)", "torch.inner(M, N)"),
    "outer": ("torch.outer(v, u)", "v.ger(u)"),
    "kron": ("torch.kron(v, u)", "torch.kron(M, P)"),
    "cross": ("torch.cross(v, u, dim=0)", "torch.cross(M, N, dim=1)"),
    "addmm": ("torch.addmm(v[:2], M, P)", "torch.addmm(v[:2], M, P, beta=0.5, alpha=2)"),
    "baddbmm": ("torch.baddbmm(a, B, C)",),
    "addcmul": ("torch.addcmul(v, v, u, value=0.5)",),
    "addcdiv": ("torch.addcdiv(v, v, u, value=2)",),
    "trace": ("torch.trace(S)",),
    "det": ("torch.det(S)",),
    "slogdet": ("torch.slogdet(S)[1]",),
    "inverse": ("torch.inverse(S)",),
    "linalg_det": ("torch.linalg.det(S)",),
    "linalg_inv": ("torch.linalg.inv(S)",),
    "linalg_slogdet": ("torch.linalg.slogdet(S).logabsdet",),
    "linalg_solve": ("torch.linalg.solve(S, v)", "torch.linalg.solve(S, P)"),
    "linalg_cross": ("torch.linalg.cross(v, u)",),
    "linalg_norm": (
        "torch.linalg.norm(v)", "torch.linalg.norm(M, dim=1)", "torch.linalg.norm(v, 1)",
    ),
    "linalg_vector_norm": ("torch.linalg.vector_norm(M, ord=1, dim=1)",),
    "einsum": (
        'torch.einsum("ij,j->i", M, v)', 'torch.einsum("ij,ij->", M, N)',
        'torch.einsum("ij->ji", M)', 'torch.einsum("i,j", v, u)',
        'torch.einsum("bij,bjk->bik", B, C)', 'torch.einsum("i, j, i -> j", v, q, u)',
    ),
    "linear": ("F.linear(M, N)", "F.linear(M, N, v[:2])", "F.linear(v, M, bias=None)"),
    "bilinear": ("F.bilinear(M, N, S[None])", "F.bilinear(M, N, S[None], a.reshape(1))"),
    "embedding": ("F.embedding(torch.tensor([1, 1]), M)", "F.embedding((v * 2).long(), M)"),
    "one_hot": (
        "F.one_hot(torch.tensor([0, 2, 1]), 3) * v", "F.one_hot((v * 2).long(), num_classes=4)",
    ),
    "conv1d": (
        "F.conv1d(L, M[:, :2, None])", "F.conv1d(L, B, padding=1)", "F.conv1d(L, B, v[:2], 2)",
        'F.conv1d(L, B, padding="same")', "F.conv1d(L, B[:, :1], groups=2, dilation=2)",
    ),
    "conv2d": (
        "F.conv2d(I, B[None])", "F.conv2d(I, B[None], a.reshape(1), stride=2, padding=1)",
        "F.conv2d(I, B[None], stride=(1, 2), padding=(0, 1))",
    ),
    "max_pool1d": ("F.max_pool1d(L, 2)", "F.max_pool1d(L, kernel_size=3, stride=1, padding=1)"),
    "max_pool2d": ("F.max_pool2d(I, 2)", "F.max_pool2d(I, (2, 3), stride=2, ceil_mode=True)"),
    "avg_pool1d": ("F.avg_pool1d(L, 4)", "F.avg_pool1d(L, 4, 3, ceil_mode=True)"),
    "avg_pool2d": ("F.avg_pool2d(I, 2)", "F.avg_pool2d(I, (2, 3), stride=(1, 2), padding=1)"),
    "adaptive_avg_pool1d": ("F.adaptive_avg_pool1d(L, 3)",),
    "adaptive_avg_pool2d": ("F.adaptive_avg_pool2d(I, (1, 1))", "F.adaptive_avg_pool2d(I, 2)"),
    "layer_norm": (
        "F.layer_norm(M, (3,))", "F.layer_norm(M, [3], v, u)", "F.layer_norm(M, (2, 3), eps=1e-3)",
        "F.layer_norm(M, (3,), weight=v, bias=u)",
    ),
    "batch_norm": (
        "F.batch_norm(M, None, None, training=True)",
        "F.batch_norm(M, None, None, weight=v, bias=u, training=True, eps=0.1)",
        "F.batch_norm(M, v.detach(), u.detach())",
        "F.batch_norm(M, running_mean=v.detach(), running_var=u.detach(), training=False)",
    ),
    "group_norm": ("F.group_norm(L, 2)", "F.group_norm(L, 1, v[:2], u[:2])"),
    "dropout": ("F.dropout(v, training=False) * 2", "F.dropout(M, p=0.3, training=False) + 1"),
    "normalize": ("F.normalize(M)", "F.normalize(v, dim=0)", "F.normalize(M, p=2, dim=1)"),
    "cosine_similarity": ("F.cosine_similarity(M, N)", "F.cosine_similarity(v, u, dim=0)"),
    "pairwise_distance": ("F.pairwise_distance(M, N)", "F.pairwise_distance(v, u, keepdim=True)"),
    "cdist": ("torch.cdist(M, N)", "torch.cdist(M, S)"),
    "scaled_dot_product_attention": (
        "F.scaled_dot_product_attention(B, B * 2, B)",
        "F.scaled_dot_product_attention(B, B, B, is_causal=True)",
    ),
    "mse_loss": (
        "F.mse_loss(v, u)", 'F.mse_loss(M, N, reduction="sum")',
        'F.mse_loss(v, u, reduction="none")', "F.mse_loss(input=v, target=u)",
    ),
    "l1_loss": ('F.l1_loss(v, u, reduction="none")',),
    "huber_loss": ("F.huber_loss(v, u, delta=0.2)", 'F.huber_loss(v, u, reduction="sum")'),
    "smooth_l1_loss": ('F.smooth_l1_loss(v, u, reduction="sum", beta=0.1)',),
    "binary_cross_entropy": (
        "F.binary_cross_entropy(v, u)", 'F.binary_cross_entropy(v, u, reduction="sum")',
        "F.binary_cross_entropy(v, u, weight=u.detach())",
    ),
    "binary_cross_entropy_with_logits": (
        "F.binary_cross_entropy_with_logits(v, u)",
        "F.binary_cross_entropy_with_logits(v, u, pos_weight=u.detach())",
    ),
    "soft_margin_loss": ("F.soft_margin_loss(v, torch.sign(u.detach() - 0.5))",),
    "hinge_embedding_loss": ("F.hinge_embedding_loss(v, torch.tensor([1.0, -1.0, 1.0]))",),
    "poisson_nll_loss": ("F.poisson_nll_loss(v, u)", "F.poisson_nll_loss(v, u, log_input=False)"),
    "gaussian_nll_loss": ("F.gaussian_nll_loss(v, u, v * 2)",),
    "kl_div": (
        'F.kl_div(F.log_softmax(M, 1), F.softmax(N, 1), reduction="batchmean")',
        "F.kl_div(v, u)", 'F.kl_div(v, u, log_target=True, reduction="sum")',
    ),
    "cross_entropy": (
        "F.cross_entropy(M, torch.tensor([0, 2]))", "F.cross_entropy(M, F.softmax(N, 1))",
        "F.cross_entropy(M, (v[:2] * 2).long(), weight=u.detach())",
        "F.cross_entropy(v, torch.tensor(1))",
        'F.cross_entropy(M, torch.tensor([0, 2]), reduction="sum", label_smoothing=0.1)',
        'F.cross_entropy(B, torch.tensor([[0, 1, 1], [1, 0, 1]]), reduction="none")',
    ),
    "nll_loss": (
        "F.nll_loss(F.log_softmax(M, dim=1), torch.tensor([0, 2]))",
        'F.nll_loss(M, torch.tensor([1, 1]), reduction="none")',
    ),
    "margin_ranking_loss": (
        "F.margin_ranking_loss(v, u, torch.tensor([1.0, -1.0, 1.0]))",
        "F.margin_ranking_loss(v, u, torch.sign(v - 0.5), margin=0.1)",
    ),
    "triplet_margin_loss": ("F.triplet_margin_loss(M, N, M * 2)",),
    "cosine_embedding_loss": ("F.cosine_embedding_loss(M, N, torch.tensor([1, -1]))",),
    "multi_margin_loss": ("F.multi_margin_loss(M, torch.tensor([0, 2]))",),
    "zeros": ("torch.zeros(3) + v", "torch.zeros((2, 3)) * M", "torch.zeros(2, dtype=torch.int64)"),
    "ones": ("torch.ones(3) * v", "torch.ones(size=(3,)) + v", "torch.ones(()) * a"),
    "full": ("torch.full((3,), 0.5) * v", "torch.full((2,), 2)", "torch.full((3,), fill_value=1)"),
    "eye": ("torch.eye(3) * S", "torch.eye(2, 3) * M"),
    "arange": (
        "torch.arange(3) * v", "torch.arange(0, 1.5, 0.5) + v", "torch.arange(1, 4)",
        "torch.arange(3.0)",
    ),
    "linspace": ("torch.linspace(0, 1, 3) * v", "torch.linspace(start=-1, end=1, steps=4)"),
    "tensor_data": (
        "torch.tensor([1.0, 2.0, 3.5]) * v", "torch.tensor([[1, 2, 3], [4, 5, 6]]) * M",
        "torch.tensor([True, False, True]) * v", "torch.tensor([1, 2], dtype=torch.float64)",
    ),
    "zeros_like": ("torch.zeros_like(v) + v",),
    "ones_like": ("torch.ones_like(M) * M", "torch.ones_like(v, dtype=torch.int64) * v"),
    "full_like": ("torch.full_like(v, 0.5) * v",),
    "new_zeros": ("v.new_zeros(3) + v", "v.new_zeros((2, 3))"),
    "new_ones": ("v.new_ones(3) * v",),
    "new_full": ("v.new_full((3,), 0.25) * v",),
    "acosh": ("torch.acosh(v + 1)",),
}
# fmt: on

# Lines as programs have them; each makes `z`.
PROGRAMS = (
    "z = v[7 // 2 - 1] * (-7 % 3)",
    "k = v.argmax() - 1\nz = v[k]",
    "k = (v > 0.5) * 1\nz = v[k]",
    "z = v[torch.argsort(v)[:2] - 1]",
    "k = torch.arange(2) + 1\nz = v[k]",
    "n, m = M.shape\nz = M.view(m, n) * n",
    "h = torch.zeros(M.size(0), 3)\nfor t in range(3):\n    h = torch.tanh(h + M)\nz = h",
    "values, places = M.max(dim=1)\nz = values * places",
    "x, y, w = torch.split(v, 1)\nz = x + y * w",
    "i, f, g = (M @ S.T).chunk(3, 1)\nz = torch.sigmoid(i) * torch.tanh(g) + f",
    "logp = F.log_softmax(M, dim=1)\nz = -logp[range(2), [0, 1]].mean()",
    "z = M[range(2)] * M[:, range(1)] + v[range(3)]",
    "z = (M.argmax(dim=1) == torch.tensor([0, 1])).float().mean() * a",
    "mask = torch.tril(torch.ones(3, 3))\nz = M.T @ M\n"
    'z = z.masked_fill(mask == 0, float("-inf"))\nz = F.softmax(z, dim=-1)',
    "z = torch.where(v > 0.5, v, -torch.inf).exp()",
    "z = v.clone()\nz[0] = 0\nz[1:] *= 2",
    "z = v * 1\nz[v > 0.5] = 0",
    "z = torch.zeros(3)\nz[0] = a\nz[1] = a ** 2",
    "z = torch.zeros(2, 3)\nfor i in range(2):\n    for j in range(3):\n"
    "        z[i, j] = M[i, j] * v[j]",
    "z = M.clone()\nz[:, 0] += v[:2]",
    "xs = [v, v * 2]\nz = torch.stack(xs)",
    "i = (0, 1)\nz = M[i]",
    "i = [0, 1]\nz = M[i]",
    "k = 0\ni = (k, k + 1)\nz = M[i]",
    "z = M[()] + M[0,] + M[(0, 1),][0]",
    "p = (v > 0.3) & (v < 0.9)\nz = v[p] if len(v) > 2 else v",
)

# Entries that other tests are about.
ELSEWHERE = frozenset(
    [
        *("detach", "data", "item", "tensor", "part", "setitem_", "detach_", "requires_grad_"),
        *("zero_", "fill_", "copy_"),
    ]
)


def examples(operation: Operation) -> tuple[str, ...]:
    """The calls of one entry."""
    if operation.name in EXAMPLES:
        return EXAMPLES[operation.name]
    arguments = ["v", "u", "v[:3]"][: operation.tensors[1]]
    if operation.infix:
        return (f"(v {operation.infix} u) * v", f"(v {operation.infix} 0.4) * v")
    home = "F" if "functional" in operation.function else "torch"
    return (f"{home}.{operation.name}({', '.join(arguments)})",)


def all_examples() -> Iterator[tuple[str, str]]:
    """Every entry's name with each of its calls."""
    for name, operation in ENTRIES.items():
        if name not in ELSEWHERE:
            yield from ((name, text) for text in examples(operation))
