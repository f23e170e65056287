from django.db import connection
from django.utils.safestring import mark_safe

TABLE = "users"

class View:
    def get(self, request, pk: int):
        name = request.GET["name"]
        q = "SELECT * FROM {} WHERE name = '%s'".format(TABLE) % name
        with connection.cursor() as c:
            c.execute(q + f" AND id = {pk!r:>{10}}")
            c.execute("INSERT INTO t VALUES (?)", [name])
        User.objects.extra(where=[f"x = {name}"], select={"a": "b" + name})
        return mark_safe("<b>" + name + "</b>")
