x = ((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))
----------------------------------------not not not not not not not not not lambda:lambda:lambda:lambda:lambda:lambda:lambda:lambda:lambda:a if b else a if b else a if b else a if b else a if b else a if b else a if b else a if b else a if b else a**a**a**a**a**a**a**a**a**b.c().c().c().c().c().c().c().c().c()[0][0][0][0][0][0][0][0][0]
f"{f'{f"{x}"}'}"
