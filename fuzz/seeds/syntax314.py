type Pair[T: (int, str) = int, *Ts, **P] = tuple[T, *Ts]
class A[T](Base, metaclass=M):
    __slots__ = ("a",)
    @property
    def x[**P](self, /, a: int = 1, *args: *Ts, b, **kw) -> "A": return t"{self.x:>{w}} {a!r}"
try: ...
except OSError, ValueError: ...
match point:
    case {"a": [1, -2, *_], **rest} | Point(x=0, y=(a | b) as c) if (n := c) > 1: del n
    case _: print(f"{'a' f"{x!s:{y}}"}" rf'\{z}')
x = [i for i, (a, *b) in y if not a is not b] + {**d, "k": lambda *a, **k: (yield)}
global_ = x if y else ~-+z ** await_ @ w // 2 << 3 & 4 | 5 ^ 6
with (open(a) as b, c as (d, e)): async_ = b[1:2, ..., ::3]
