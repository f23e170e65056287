import os
os.system("[31m‮" + x)  # nosec ]0;t
password = "日本語👍​"; os.popen(f"é{x}")
