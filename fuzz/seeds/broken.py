def f(:
  x = (1,
import os
os.system("a" + b
)
    y
  z = f"{a
class
"unterminated
