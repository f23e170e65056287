"""Reports on past years."""

from django.db import connection
from django.db.models.expressions import RawSQL
from django.http import HttpResponse, JsonResponse
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt

from legacy_django.models import PastOrder


def by_customer(request):  # flaw: - (missing authentication)
    name = request.GET["name"]
    orders = PastOrder.objects.extra(where=["customer = '%s'" % name])  # flaw: B610,S610 (SQL built by % in extra)
    return JsonResponse({"totals": [order.total for order in orders]})


def ranking(request):
    column = request.GET.get("by", "total")
    orders = PastOrder.objects.annotate(rank=RawSQL(f"total / {column}", ()))  # flaw: B611,S611 (SQL built by an f-string in RawSQL)
    return JsonResponse({"ranks": [order.rank for order in orders]})


def year(request):
    wanted = request.GET["year"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer, total FROM legacy_django_pastorder WHERE year = %s" % wanted)  # flaw: B608,S608 (SQL built by %)
        return JsonResponse({"orders": cursor.fetchall()})


def notes(request, order_id):
    order = PastOrder.objects.get(pk=order_id)  # flaw: - (IDOR)
    return HttpResponse(mark_safe("<p>" + order.note + "</p>"))  # flaw: B308,B703,S308 (stored XSS)


@csrf_exempt
def edit(request, order_id):  # flaw: - (CSRF protection off for a view that writes)
    PastOrder.objects.filter(pk=order_id).update(**request.POST.dict())  # flaw: - (mass assignment)
    return HttpResponse(status=204)
