import os
os.system("x")
def f(): pass# nosec
	x = 1
