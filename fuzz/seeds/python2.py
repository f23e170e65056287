print "hello %s" % name
exec code in ns
raise ValueError, "x"
except IOError, e:
  print >>f, `x` <> 0777L
ur"x"
