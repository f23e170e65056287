"""Reports on past years."""

from django.contrib.auth.decorators import login_required, permission_required
from django.db import connection
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from legacy_django.models import PastOrder

RANKS = {"total": F("total"), "year": F("year")}


@permission_required("legacy_django.view_pastorder", raise_exception=True)
def by_customer(request):
    orders = PastOrder.objects.filter(customer=request.GET["name"])
    return JsonResponse({"totals": [order.total for order in orders]})


@permission_required("legacy_django.view_pastorder", raise_exception=True)
def ranking(request):
    column = RANKS.get(request.GET.get("by", "total"))
    if column is None:
        raise Http404
    orders = PastOrder.objects.annotate(rank=column, share=RawSQL("total * 100 / %s", (1000,)))
    return JsonResponse({"ranks": [[order.rank, order.share] for order in orders]})


@permission_required("legacy_django.view_pastorder", raise_exception=True)
def year(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer, total FROM legacy_django_pastorder WHERE year = %s", [request.GET["year"]])
        return JsonResponse({"orders": cursor.fetchall()})


@login_required
def notes(request, order_id):
    order = get_object_or_404(PastOrder, pk=order_id, customer=request.user.get_username())
    return HttpResponse(format_html("<p>{}</p>", order.note))


@require_POST
@login_required
def edit(request, order_id):
    order = get_object_or_404(PastOrder, pk=order_id, customer=request.user.get_username())
    order.note = request.POST["note"]
    order.save(update_fields=["note"])
    return HttpResponse(status=204)
