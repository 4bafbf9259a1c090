"""Vectors of many lanes for numba, which has none: loads, stores and the one step of the kernel.

LLVM splits a vector into as many registers as it needs. A value of these types lives in them.
Imported only by `dtw_numba`, so numba stays optional.
"""

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

REGISTER = 64 if llvm.get_host_cpu_features().get("avx512f", False) else 32  # bytes
REGISTERS = 2  # of a vector: two independent chains hide the latency of one


class Vector(types.Type):
    """As many numbers of one type as `REGISTERS` registers hold."""

    def __init__(self, of: Any):
        self.of = of
        self.lanes = lanes(np.dtype(str(of)))
        super().__init__(name=f"Vector({of}, {self.lanes})")


def lanes(dtype: np.dtype) -> int:
    """Numbers in a vector."""
    return REGISTERS * REGISTER // dtype.itemsize


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """How LLVM holds a vector."""

    def __init__(self, dmm: Any, fe_type: Vector):
        number = ir.FloatType() if fe_type.of == types.float32 else ir.DoubleType()
        super().__init__(dmm, fe_type, ir.VectorType(number, fe_type.lanes))


def load_row(typingctx: Any, array: Any, row: Any) -> Any:
    """Row `row` of a C-contiguous array (rows, lanes)."""
    vector = Vector(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = address(context, builder, signature, args)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return vector(array, types.intp), generate


def store_row(typingctx: Any, array: Any, row: Any, vector: Any) -> Any:
    """Write `vector` to row `row` of a C-contiguous array (rows, lanes)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = address(context, builder, signature, args)
        builder.store(args[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


def address(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where row `args[1]` of the array `args[0]` begins, as a pointer to a vector."""
    array = signature.args[0]
    vector = Vector(array.dtype)
    base = context.make_array(array)(context, builder, args[0]).data
    offset = builder.mul(args[1], ir.Constant(args[1].type, vector.lanes))
    kind = context.get_value_type(vector)
    return builder.bitcast(builder.gep(base, [offset]), kind.as_pointer())


def everywhere(typingctx: Any, number: Any) -> Any:
    """A vector that holds `number` in every lane."""
    vector = Vector(number)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return broadcast(builder, args[0], context.get_value_type(vector))

    return vector(number), generate


def broadcast(builder: Any, number: Any, kind: Any) -> Any:
    """`number` in every lane of a vector of the LLVM type `kind`."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None)
    return builder.shuffle_vector(first, undefined, mask)


def next_cell(typingctx: Any, x: Any, y: Any, left: Any, up: Any, diagonal: Any) -> Any:
    """min(left, up, diagonal) + (x - y)^2 in every lane: subtract, two minima, multiply-add."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x, y, left, up, diagonal = args
        difference = builder.fsub(x, y)
        least = minimum(builder, minimum(builder, up, diagonal), left)
        name = f"llvm.fmuladd.v{signature.return_type.lanes}f{signature.return_type.of.bitwidth}"
        kind = ir.FunctionType(x.type, [x.type] * 3)
        multiply_add = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(multiply_add, [difference, difference, least])

    return left(x, y, left, up, diagonal), generate


def minimum(builder: Any, a: Any, b: Any) -> Any:
    """The smaller, in the form that compiles to one instruction: no NaN can occur."""
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


# What compiled code calls, without the first argument.
load: Any = intrinsic(load_row)
store: Any = intrinsic(store_row)
splat: Any = intrinsic(everywhere)
step: Any = intrinsic(next_cell)
